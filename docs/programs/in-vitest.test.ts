import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isVmError, VmManager } from '@vmrs/core';
import { fakeDriver, readyGuest, writeGuestScript } from '@vmrs/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** The code under test: yours. It takes a manager, and knows nothing of drivers. */
async function addressOfFreshVm(vms: VmManager, kernel: string): Promise<string> {
  await using vm = await vms.boot({ name: 'job', kernel });
  const { ip } = await vm.ready({ timeoutMs: 5_000 });
  return ip;
}

let folder: string;
let kernel: string;
let vms: VmManager;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'app-'));
  kernel = join(folder, 'guest'); // what the guest does, in place of a kernel
  vms = await VmManager.open({ drivers: [fakeDriver()], stateDir: join(folder, 's'), runtimeDir: join(folder, 'r') });
});

afterEach(async () => {
  await vms.close();
  await rm(folder, { recursive: true });
});

it('hands out the address of the VM, and leaves no VM', async () => {
  await writeGuestScript(kernel, readyGuest('10.0.0.5'));
  expect(await addressOfFreshVm(vms, kernel)).toBe('10.0.0.5');
  expect(await vms.list()).toEqual([]);
});

it('fails at once when the guest panics, with what it said last', async () => {
  const boot = [{ do: 'print', text: 'no init found\n' }, { do: 'wait', ms: 500 }, { do: 'panic' }] as const;
  await writeGuestScript(kernel, { boots: [boot] });
  const error = await addressOfFreshVm(vms, kernel).catch((reason: unknown) => reason);
  expect(isVmError(error, 'NOT_READY') && error.details.consoleTail).toContain('no init found');
});
