import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isVmError, type VmConfig, VmManager } from '@vmrs/core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { filesUnder } from '../src/conformance/outside/files.ts';
import { MARK, markedProcesses } from '../src/conformance/outside/processes.ts';
import { fakeDriver } from '../src/fake-driver/index.ts';
import { readyGuest, writeGuestScript } from '../src/stand-in/index.ts';

/** How many configurations are tried; a third as many options of calls. Raise it for a long run. */
const RUNS = Number(process.env['VMRS_BAD_INPUTS'] ?? 3_000);

let dir: string;
let kernel: string;
let vms: VmManager;

beforeAll(async () => {
  process.env[MARK] = `bad-input-${process.pid}`;
  dir = await mkdtemp(join(tmpdir(), 'vi-'));
  kernel = join(dir, 'kernel');
  await writeGuestScript(kernel, readyGuest());
  vms = await VmManager.open({ drivers: [fakeDriver()], stateDir: join(dir, 's'), runtimeDir: join(dir, 'r') });
});

afterAll(async () => {
  await vms.close();
  await rm(dir, { recursive: true });
});

const FIELDS = [
  'name',
  'namespace',
  'kernel',
  'initramfs',
  'rootDisk',
  'dataDisk',
  'seedIso',
  'cpus',
  'memoryMb',
  'networks',
  'sharedDirs',
  'serialLog',
  'cmdline',
  'netns',
  'vsock',
  'machineId',
  'efiVariableStore',
  'rosetta',
  'no-such-field',
] as const;

/** What people and programs really pass by mistake, and what they pass on purpose. */
const nasty = fc.oneof(
  fc.anything({ maxDepth: 2, withNullPrototype: true, withBigInt: true, withDate: true, withSparseArray: true }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    ' ',
    '.',
    '..',
    '/',
    '/dev/null',
    '/etc/passwd',
    '../../etc/passwd',
    '/proc/self/environ',
    'a\0b',
    '$(touch /tmp/x)',
    '`x`',
    "a' or 1",
    '-rf',
    '\ud800',
    'x'.repeat(5_000),
    '__proto__',
    'constructor',
  ),
  fc.constantFrom<unknown>(-1, 0, -0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 53, 1e308, 10n),
  fc.constantFrom<unknown>(null, true, false, [], [[]], {}, [{}], [null], new Map(), () => 1, Symbol('x')),
  fc.array(fc.record({ type: fc.anything({ maxDepth: 1 }), name: fc.string(), mac: fc.string() }), { maxLength: 3 }),
  fc.array(fc.record({ hostPath: fc.string(), tag: fc.string(), readOnly: fc.anything({ maxDepth: 1 }) }), {
    maxLength: 3,
  }),
);

/** A good configuration with one to four fields replaced. A console log may be any file of the caller's, so no path that leads anywhere. */
const spoiled = fc
  .dictionary(fc.constantFrom(...FIELDS), nasty, { minKeys: 1, maxKeys: 4 })
  .filter(({ serialLog }) => typeof serialLog !== 'string' || !serialLog.startsWith('/'))
  .map((changes): Record<string, unknown> => ({ ...changes }));

const REFUSALS: readonly string[] = ['INVALID_CONFIG', 'UNSUPPORTED'];

/** What is on disk and runs. */
async function world(): Promise<readonly string[]> {
  const files = [...(await filesUnder(join(dir, 's'))), ...(await filesUnder(join(dir, 'r')))];
  return [...files, ...(await markedProcesses(process.env[MARK] ?? '')).map(({ command }) => command)];
}

it(`boot refuses bad configurations as such and touches nothing (${RUNS} tried)`, { timeout: 600_000 }, async () => {
  const before = await world();
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(spoiled, async (changes) => {
      try {
        const vm = await vms.boot({ name: 'web', kernel, ...changes } as VmConfig);
        await vm.kill();
      } catch (error) {
        if (!isVmError(error) || !REFUSALS.includes(error.code)) throw error;
        expect(error.details).toMatchObject({ problems: expect.arrayContaining([expect.anything()]) });
        refused += 1;
      }
    }),
    { numRuns: RUNS },
  );
  expect(await world()).toEqual(before);
  // A name, a command line, a number of cpus: some of what was drawn is good. Most is not.
  expect(refused).toBeGreaterThan(RUNS * 0.7);
});

it(`calls refuse bad options as such (${Math.round(RUNS / 3)} tried)`, { timeout: 600_000 }, async () => {
  const before = await world();
  const vm = await vms.boot({ name: 'web', kernel });
  await vm.ready();
  // Its record may just be being written.
  const during = (await world()).filter((line) => !line.includes('.tmp '));
  const calls: Record<string, (options: never) => Promise<unknown>> = {
    open: async (options) => (await VmManager.open(options)).close(),
    boot: async (options) => (await vms.boot({ name: 'other', kernel }, options)).kill(),
    get: (options) => vms.get(options),
    remove: (options) => vms.remove(options),
    restore: (options) => vms.restore(options),
    gc: (options) => vms.gc(options),
    ready: (options) => vm.ready(options),
    waitFor: (options) => vm.waitFor(options),
    snapshot: (options) => vm.snapshot(options),
    vsock: (options) => vm.vsock(options),
  };
  const names = fc.constantFrom(...Object.keys(calls));
  // A misspelt option and one of a wrong kind are the usual mistakes; values in place of options the next.
  const wrong = fc.oneof(
    nasty.filter((value) => typeof value !== 'object' || Array.isArray(value)),
    fc.dictionary(fc.constantFrom('timeoutms', 'singal', 'dryrun', 'life', 'keeps'), nasty, { minKeys: 1 }),
    fc.record({ signal: nasty.filter((value) => value !== undefined) }),
    fc.record({ lifetime: nasty.filter((value) => value !== undefined) }),
  );
  await fc.assert(
    fc.asyncProperty(names, wrong, async (name, options) => {
      try {
        await calls[name]?.(options as never);
      } catch (error) {
        if (error instanceof TypeError || isVmError(error)) return;
        throw error;
      }
    }),
    { numRuns: Math.round(RUNS / 3) },
  );
  expect(vm.state.status).toMatch(/^(running|ready)$/);
  expect(await world()).toEqual(during);
  await vm.kill();
  expect(await world()).toEqual(before);
});
