import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContractVersion, type ManagerOptions, type VmDriver, VmManager } from '@vmrs/core';
import { CONTRACT_VERSION, formatContract } from '@vmrs/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GOLDEN, goldenDriver, goldenSubject } from './golden-subject.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vmrs-contract-'));
});

afterEach(() => rm(root, { recursive: true }));

function open(options: ManagerOptions): Promise<VmManager> {
  return VmManager.open({ stateDir: join(root, 's'), runtimeDir: join(root, 'r'), ...options });
}

const { major, minor } = CONTRACT_VERSION;
const OURS = formatContract(CONTRACT_VERSION);

/** Contracts that this core does not speak, and what has to be upgraded then. */
const REFUSED: readonly (readonly [string, ContractVersion, string])[] = [
  ['a newer minor', { major, minor: minor + 1 }, 'upgrade @vmrs/core'],
  ['a newer major', { major: major + 1, minor: 0 }, 'upgrade @vmrs/core'],
  ['an older major', { major: major - 1, minor: 9 }, "upgrade the driver 'golden'"],
];

describe('a driver that is given', () => {
  it.each(REFUSED)('of %s is refused with both numbers and what to upgrade', async (_, contract, advice) => {
    const driver: VmDriver = { ...(await goldenDriver()), contract };
    await expect(open({ drivers: [driver] })).rejects.toMatchObject({
      code: 'CONTRACT_MISMATCH',
      message: expect.stringMatching(new RegExp(`${formatContract(contract)}.*${OURS}.*${advice}`)),
      details: { driver: 'golden', driverContract: formatContract(contract), coreContract: OURS },
    });
  });

  it('of an older minor lacks the capabilities that were added since, and they are refused as such', async () => {
    const driver = await goldenDriver();
    const { driverOptions: _, ...capabilities } = driver.capabilities;
    const older = { ...driver, capabilities } as VmDriver;
    await using vms = await open({ drivers: [older] });
    const config = await (await goldenSubject(join(root, 'g'))).config('ready');
    const asked = vms.boot({ name: 'web', ...config, driverOptions: { label: 'x' } });
    await expect(asked).rejects.toMatchObject({ code: 'UNSUPPORTED', details: { capabilities: ['driverOptions'] } });
    await using vm = await vms.boot({ name: 'web', ...config });
    expect(vm.can('driverOptions')).toBe(false);
  });
});

describe('a driver that is found', () => {
  /** An application with the golden driver installed in it, of another contract. */
  async function application(contract: ContractVersion): Promise<string> {
    const folder = join(root, 'app');
    const installed = join(folder, 'node_modules', 'vmrs-driver-golden');
    await mkdir(installed, { recursive: true });
    await cp(GOLDEN, installed, { recursive: true });
    const file = join(installed, 'package.json');
    const manifest: { vmrs: { driver: object } } = JSON.parse(await readFile(file, 'utf8'));
    const vmrs = { driver: { ...manifest.vmrs.driver, contract } };
    await writeFile(file, JSON.stringify({ ...manifest, vmrs }));
    // Of a contract that is refused no code may run.
    await writeFile(join(installed, 'driver.js'), 'throw new Error("it was run")');
    await writeFile(join(folder, 'package.json'), JSON.stringify({ dependencies: { 'vmrs-driver-golden': '1' } }));
    return folder;
  }

  it.each(REFUSED)('with %s in its manifest is refused before any of its code runs', async (_, contract, advice) => {
    const opened = open({ from: await application(contract), driver: 'golden' });
    await expect(opened).rejects.toMatchObject({
      code: 'CONTRACT_MISMATCH',
      message: expect.stringMatching(new RegExp(`${formatContract(contract)}.*${OURS}.*${advice}`)),
    });
  });
});
