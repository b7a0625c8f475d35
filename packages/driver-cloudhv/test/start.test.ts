import { isVmError } from '@vmrs/core';
import type { ChFaults } from '@vmrs/testkit';
import { describe, expect, it } from 'vitest';
import { Bench, failure } from './bench.ts';

describe('a start of Cloud Hypervisor', () => {
  it.each(['v50.2', 'v51.2', 'v52.0', 'v53.0-12-gabcdef-dirty', 'v54.0'])(
    'of %s: boots, becomes ready, stops in order',
    async (version) => {
      await using bench = await Bench.create({ standIn: { version } });
      const vms = await bench.open();
      const vm = await vms.boot(bench.config({ vsock: true, machineId: '0f0f0f0f-1111-2222-3333-444455556666' }));
      expect(await vm.ready()).toEqual({ ip: '10.0.2.15' });
      expect(await vm.stop()).toMatchObject({ how: 'guest', code: 0 });
      expect(await bench.left()).toEqual([]);
    },
  );

  it.each([
    [
      'ends at once',
      { exitAtStart: { code: 1, words: 'Error: cannot open /dev/kvm: Permission denied' } },
      /ended with code 1[\s\S]*cannot open \/dev\/kvm/,
    ],
    ['is ended by its own filters', { sigsysAtStart: true }, /ended with SIGSYS[\s\S]*seccomp: "log"/],
    ['never answers', { hangs: ['vmm.ping'] }, /did not answer within 400 ms/],
    ['does not open its socket', { startDelayMs: 60_000 }, /did not answer within 400 ms/],
    [
      'refuses the configuration',
      { refuses: { 'vm.create': ['Error from API', 'no such key'] } },
      /refused 'vm.create': Error from API: no such key/,
    ],
    [
      'refuses to boot',
      { refuses: { 'vm.boot': ['Error from API', 'The VM could not boot', 'Invalid argument (os error 22)'] } },
      /The VM could not boot: Invalid argument/,
    ],
    ['hangs while it boots', { hangs: ['vm.boot'] }, /did not answer within 1500 ms/],
    ['hangs up while it boots', { breaksOff: ['vm.boot'] }, /cannot be reached for 'vm.boot'/],
  ] as const satisfies readonly (readonly [string, ChFaults, RegExp])[])(
    'that %s is an error that says so, and leaves nothing',
    async (_, faults, words) => {
      const driver = { startTimeoutMs: 400, bootTimeoutMs: 1_500 };
      await using bench = await Bench.create({ standIn: { faults }, driver });
      const vms = await bench.open();
      const error = await failure(vms.boot(bench.config()));
      if (!isVmError(error)) throw error;
      expect(error.code).toBe('BOOT_FAILED');
      const told = [error.message, JSON.stringify(error.details), String(error.cause)].join('\n');
      expect(told).toMatch(words);
      expect(await bench.left()).toEqual([]);
    },
  );

  it('that is given up leaves nothing', async () => {
    await using bench = await Bench.create({ standIn: { faults: { hangs: ['vm.boot'] } } });
    const vms = await bench.open();
    const caller = new AbortController();
    const booting = failure(vms.boot(bench.config(), { signal: caller.signal }));
    while ((await bench.processes()).every((line) => !line.includes('cloud-hypervisor')))
      await new Promise(setImmediate);
    caller.abort(new Error('enough'));
    expect(await booting).toMatchObject({ code: 'ABORTED' });
    expect(await bench.left()).toEqual([]);
  });

  it('is refused, all problems at once, before anything happens', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const error = await failure(
      vms.boot(
        bench.config({
          machineId: 'x',
          kernel: bench.binary,
          networks: [{ type: 'tap', name: 'vmrs-nothing' }],
          driverOptions: { maxCpus: 0, hugePages: true, seccomp: 'errno' },
        }),
      ),
    );
    if (!isVmError(error, 'INVALID_CONFIG')) throw error;
    expect([...new Set(error.details.problems.map(({ path }) => path))].sort()).toEqual([
      'driverOptions.hugePages',
      'driverOptions.maxCpus',
      'kernel',
      'machineId',
      'networks[0].name',
    ]);
    expect(await bench.left()).toEqual([]);
  });

  it('refuses what it cannot do, typed, before anything happens', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    for (const [given, capability] of [
      [{ networks: [{ type: 'nat' }] }, 'nat'],
      [{ networks: [{ type: 'socket', fd: 1 }] }, 'socketNetwork'],
      [{ rosetta: true }, 'rosetta'],
      [{ efiVariableStore: bench.binary }, 'efiVariableStore'],
    ] as const) {
      const error = await failure(vms.boot(bench.config(given)));
      expect(error).toMatchObject({ code: 'UNSUPPORTED' });
      expect(JSON.stringify(isVmError(error) ? error.details : null)).toContain(capability);
    }
    expect(await bench.left()).toEqual([]);
  });
});
