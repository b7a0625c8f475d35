import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VmConfig } from '@vmrs/core';
import type { ChFaults } from '@vmrs/testkit';
import { describe, expect, it } from 'vitest';
import { Bench, behindItsBack, failure, runtimeDir } from './bench.ts';

/** Boots one VM and gives it with everything around it. */
async function alive(faults: ChFaults = {}, given: Partial<VmConfig> = {}, ...hooks: readonly string[]) {
  const bench = await Bench.create({ standIn: { faults } });
  const vms = await bench.open();
  const vm = await vms.boot(bench.config(given, ...hooks));
  const pid = vm.process?.pid ?? 0;
  return { bench, vms, vm, pid, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}

describe('an end of the VM', () => {
  it('by the guest itself is no failure', async () => {
    await using life = await alive({}, {}, 'poweroff-after-ready');
    await life.vm.exit;
    expect(life.vm.state).toMatchObject({ status: 'stopped', exit: { how: 'guest', code: 0 } });
    expect(await life.bench.left()).toEqual([]);
  });

  it.each([
    ['SIGTERM, which Cloud Hypervisor answers with exit code 0', 'SIGTERM', { code: 0, signal: null }],
    ['SIGKILL', 'SIGKILL', { code: null, signal: 'SIGKILL' }],
  ] as const)('by %s from outside is a failure', async (_, signal, exit) => {
    await using life = await alive();
    await life.vm.ready();
    process.kill(life.pid, signal);
    await life.vm.exit;
    expect(life.vm.state).toMatchObject({ status: 'failed', exit: { how: 'crashed', ...exit } });
    expect(await life.bench.left()).toEqual([]);
  });

  it('by a code of its own is a failure with that code and the last words', async () => {
    await using life = await alive({ exitAfterBoot: { code: 3, afterMs: 50 } });
    await life.vm.exit;
    expect(life.vm.state).toMatchObject({ status: 'failed', exit: { how: 'crashed', code: 3 } });
  });

  it('by a panic is a failure with the words of the kernel', async () => {
    await using life = await alive({}, {}, 'panic-after-ready');
    await life.vm.exit;
    expect(life.vm.state).toMatchObject({ status: 'failed', exit: { how: 'panicked' } });
    expect(JSON.stringify(life.vm.state)).toContain('Kernel panic');
    expect(await life.bench.left()).toEqual([]);
  });
});

describe('a stop', () => {
  it('of a guest that ignores its button goes on to the API, and says so', async () => {
    await using life = await alive({}, {}, 'ignore-power-button');
    const { how, rungs } = await life.vm.stop({ graceMs: 100 });
    expect(how).toBe('terminated');
    expect(rungs.map(({ rung, outcome }) => [rung, outcome])).toEqual([
      ['power-button', 'timed-out'],
      ['terminate', 'worked'],
    ]);
    expect(await life.bench.left()).toEqual([]);
  });

  it('whose answer is lost because the process ends has worked', async () => {
    await using life = await alive({ breaksOff: ['vmm.shutdown'] }, {}, 'ignore-power-button');
    expect(await life.vm.stop({ graceMs: 50 })).toMatchObject({ how: 'terminated', problems: [] });
  });

  it('of a VMM whose API hangs and that ignores SIGTERM ends in SIGKILL, each rung in its time', async () => {
    const hangs = ['vm.power-button', 'vmm.shutdown'];
    await using life = await alive({ hangs, ignoresSigterm: true });
    const { how, rungs } = await life.vm.stop({ graceMs: 100, terminateMs: 100, sigtermMs: 100 });
    expect(how).toBe('sigkill');
    expect(rungs.at(-1)).toMatchObject({ rung: 'sigkill', outcome: 'worked' });
    expect(await life.bench.left()).toEqual([]);
  });

  it('of another VM does not wait for one that takes long', async () => {
    await using life = await alive({ hangs: ['vm.power-button'] });
    const other = await life.vms.boot(life.bench.config({ name: 'other' }));
    const slow = life.vm.stop({ graceMs: 3_000 });
    const since = performance.now();
    await other.kill();
    expect(performance.now() - since).toBeLessThan(2_000);
    await slow;
  });
});

describe('pause and resume', () => {
  it('by others are noticed, and asking for what is so already succeeds', async () => {
    await using life = await alive();
    await life.vm.ready();
    const socket = join(await runtimeDir(life.bench), 'api.sock');
    expect(await behindItsBack(socket, 'vm.pause')).toBe(204);
    await life.vm.waitFor('paused');
    expect(await behindItsBack(socket, 'vm.resume')).toBe(204);
    await life.vm.waitFor('ready');
    // Before the event is here the state is still the old one.
    await behindItsBack(socket, 'vm.pause');
    const pausing = life.vm.pause().catch((error: unknown) => error);
    const outcome = await pausing;
    if (outcome !== undefined) expect(outcome).toMatchObject({ code: 'INVALID_STATE' });
    await life.vm.waitFor('paused');
  });
});

describe('the console', () => {
  it('is never truncated: not what was there, not at a reboot', async () => {
    await using bench = await Bench.create({ standIn: {} });
    const serialLog = join(bench.root, 'mine.log');
    await writeFile(serialLog, 'kept for years\nVMRS_READY 10.9.9.9\n');
    const vms = await bench.open();
    const vm = await vms.boot(bench.config({ serialLog }, 'reboot-once'));
    expect(await vm.ready()).toEqual({ ip: '10.0.2.15' });
    await vm.waitFor('running');
    await vm.ready();
    await vm.kill();
    const text = await readFile(serialLog, 'utf8');
    expect(text).toMatch(/^kept for years\n/);
    expect(text.match(/Linux version/g)).toHaveLength(2);
  });

  it('of a guest that reboots takes readiness back until the next marker', async () => {
    await using life = await alive({}, {}, 'reboot-once');
    const states: string[] = [];
    const watching = (async () => {
      for await (const event of life.vm.events()) if (event.type === 'state') states.push(event.state.status);
    })();
    await life.vm.waitFor('ready');
    await life.vm.waitFor('running');
    await life.vm.waitFor('ready');
    await life.vm.kill();
    await watching;
    expect(states.join(' ')).toContain('ready running ready');
  });
});

describe('vsock', () => {
  it('connects to a port on which the guest listens, and says so when nobody does', async () => {
    await using life = await alive({}, { vsock: true });
    const stream = await life.vm.vsock(7);
    stream.write('hello');
    const [echo] = (await stream.take(1).toArray()) as Buffer[];
    expect(echo?.toString()).toBe('hello');
    stream.destroy();
    expect(await failure(life.vm.vsock(9))).toMatchObject({ code: 'HYPERVISOR', details: { operation: 'vsock' } });
  });

  it('is a typed refusal of a VM without it', async () => {
    await using life = await alive();
    expect(await failure(life.vm.vsock(7))).toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('the VMM log', () => {
  it('may be written to by others without changing how an end is told', async () => {
    await using life = await alive({}, {}, 'poweroff-after-ready');
    await appendFile(join(life.bench.root, 's', 'default', 'web', 'vmm.log'), 'somebody else wrote this\n');
    await life.vm.exit;
    expect(life.vm.state).toMatchObject({ status: 'stopped', exit: { how: 'guest' } });
  });
});
