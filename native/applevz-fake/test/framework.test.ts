import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildFakeAddon,
  FakeAddonUnavailableError,
  type FakeExports,
  fakeAddonEnvironment,
  readCounterLog,
  scriptedKernel,
} from '@vmrs/applevz-fake';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const MIB = 1024 * 1024;

/** What `fixtures/probe` exports. */
interface Probe extends FakeExports {
  validate(kernel: string, what: string, value: number, descriptor?: number): Refusal | null;
  validateTag(tag: string): Refusal | null;
  validateIdentifier(identifier: string): Refusal | null;
  balloon(kernel: string, bytes: number): number;
  readStateOffQueue(kernel: string): number;
  shareRosettaLate(kernel: string): string;
  makeInvalid(kernel: string): string | null;
  runInOrder(): string;
}

interface Refusal {
  readonly domain: string;
  readonly code: number;
  readonly reason: string;
}

let folder: string;
let kernel: string;
let path: string;
let probe: Probe;
let missing: string | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-probe-'));
  kernel = await scriptedKernel(join(folder, 'kernel'), 'arm64');
  try {
    path = await buildFakeAddon({ sources: join(import.meta.dirname, 'fixtures', 'probe') });
    probe = createRequire(import.meta.url)(path) as Probe;
  } catch (error) {
    if (!(error instanceof FakeAddonUnavailableError)) throw error;
    missing = error.message;
  }
}, 600_000);
beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
  Object.assign(process.env, fakeAddonEnvironment({ arch: 'arm64' }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a line with the probe at hand in a process of its own. */
function inProcess(line: string, env: Readonly<Record<string, string>>): Promise<{ code: unknown; stderr: string }> {
  const program = `const probe = require(${JSON.stringify(path)}); ${line}`;
  return new Promise((resolve) => {
    execFile(process.execPath, ['-e', program], { env: { ...process.env, ...env } }, (error, _, stderr) => {
      resolve({ code: error?.signal ?? error?.code ?? 0, stderr });
    });
  });
}

/** Facts: apple-vz.md §2. */
describe('the framework', () => {
  it.each([
    ['no CPU', 'cpus', 0],
    ['memory that is no multiple of 1 MiB', 'memory', 64 * MIB + 4096],
    ['no boot loader', 'no boot loader', 0],
    ['two balloons', 'balloons', 2],
    ['two socket devices', 'socket devices', 2],
  ])('refuses a configuration with %s', (_, what, value) => {
    expect(probe.validate(kernel, what, value)).toMatchObject({ domain: 'VZErrorDomain', code: 2 });
  });

  it('takes tags of 1 to 35 bytes', () => {
    for (const tag of ['a', 'x'.repeat(35), 'ü'.repeat(17)]) expect(probe.validateTag(tag)).toBeNull();
    for (const tag of ['', 'x'.repeat(36), 'ü'.repeat(18)]) {
      expect(probe.validateTag(tag)).toMatchObject({ domain: 'VZErrorDomain', code: 2 });
    }
  });

  it('takes block device identifiers of at most 20 bytes of ASCII', () => {
    for (const identifier of ['', 'x'.repeat(20)]) expect(probe.validateIdentifier(identifier)).toBeNull();
    for (const identifier of ['x'.repeat(21), 'ü']) {
      expect(probe.validateIdentifier(identifier)).toMatchObject({ domain: 'VZErrorDomain', code: 2 });
    }
  });

  it('keeps the target of a balloon at a whole MiB, within what the machine has', () => {
    expect(probe.balloon(kernel, 100 * MIB + 5)).toBe(100 * MIB);
    expect(probe.balloon(kernel, 1)).toBe(4 * MIB);
    expect(probe.balloon(kernel, 1e15)).toBe(512 * MIB);
  });

  it('raises for a share of Rosetta on a device that is there', () => {
    expect(probe.shareRosettaLate(kernel)).toBe('NSInvalidArgumentException');
  });

  it('raises for a machine of a configuration that is not valid, and has made none then', () => {
    const { made, alive } = probe.double.counters();
    expect(probe.makeInvalid(kernel)).toBe('NSInvalidArgumentException');
    expect(probe.double.counters()).toMatchObject({ made, alive });
  });

  it('runs the blocks of a queue in order, those of dispatch_sync in the thread of their caller', () => {
    expect(probe.runInOrder()).toBe('abcd here');
  });

  it('counts a use of a machine off its queue, tells of it, and writes it down at the end', async () => {
    const log = join(folder, 'log');
    const line = `probe.readStateOffQueue(${JSON.stringify(kernel)})`;
    const { code, stderr } = await inProcess(line, fakeAddonEnvironment({ log }));
    expect(code).toBe(0);
    expect(stderr).toContain('VZVirtualMachine: state off the queue');
    expect(await readCounterLog(log)).toMatchObject([{ made: 1, alive: 0, offQueue: 1, exceptions: 0 }]);
  });

  it('ends the process for it where that is asked for, as on a Mac', async () => {
    const line = `probe.readStateOffQueue(${JSON.stringify(kernel)})`;
    const { code } = await inProcess(line, fakeAddonEnvironment({ offQueueIsFatal: true }));
    expect(code).toBe('SIGABRT');
  });

  it('ends the process when an exception leaves a block of a queue', async () => {
    const { code, stderr } = await inProcess('probe.raiseOnQueue()', {});
    expect(code).toBe('SIGABRT');
    expect(stderr).toContain('nobody catches this');
  });
});
