import { existsSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startSleeper } from '../../process/fixtures/processes.ts';
import { lookupProcess } from '../../process/identity.ts';
import { deferred } from '../../util/deferred.ts';
import { Bench, eventually, failure } from '../fixtures/bench.ts';
import type { ScriptedMachine } from '../fixtures/scripted-driver.ts';
import type { Vm } from '../vm.ts';
import type { VmManager } from '../vm-manager.ts';

interface Two {
  readonly holder: VmManager;
  readonly other: VmManager;
  readonly held: Vm;
  readonly vm: Vm;
  readonly machine: ScriptedMachine;
}

/** A VM that one manager holds, and that another one has got. */
async function two(bench: Bench): Promise<Two> {
  const found = await lookupProcess(startSleeper());
  if (found.status !== 'alive') throw new Error('the stand-in for a VMM does not live');
  bench.driver.process = found.identity;
  const holder = await bench.open();
  const { vm: held, machine } = await bench.boot(holder);
  const other = await bench.open();
  return { holder, other, held, machine, vm: await other.get('web') };
}

const socketOf = (machine: ScriptedMachine): string => join(machine.context.paths.runtimeDir, 'owner');

describe('a VM that another controller holds', () => {
  it('is seen as its holder sees it, and does what it is told', async () => {
    await using bench = await Bench.create();
    const { held, vm, machine } = await two(bench);
    expect([vm.name, vm.namespace, vm.instanceId, vm.driver]).toEqual(['web', 'default', held.instanceId, 'scripted']);
    expect(vm.process).toEqual(held.process);
    expect([vm.can('pause'), vm.can('vsock')]).toEqual([true, false]);
    expect(inspect(vm)).toContain(`name: 'web'`);
    await vm.pause();
    expect([vm.state, held.state]).toEqual([{ status: 'paused' }, { status: 'paused' }]);
    await vm.snapshot(join(bench.root, 'saved'));
    expect(existsSync(join(bench.root, 'saved', 'memory'))).toBe(true);
    await vm.resume();
    expect(vm.state).toEqual({ status: 'running' });
    expect(machine.calls).toEqual(['pause', 'resume']);
  });

  it('becomes ready, and tells what happens to it', async () => {
    await using bench = await Bench.create();
    const { held, vm, machine } = await two(bench);
    const story: string[] = [];
    const watching = (async () => {
      for await (const event of vm.events()) story.push(event.type === 'state' ? event.state.status : event.type);
    })();
    const waiting = vm.ready();
    await machine.print('VMRS_READY 10.0.0.5\n');
    expect(await waiting).toEqual({ ip: '10.0.0.5' });
    machine.context.notify({ type: 'reset' });
    await vm.waitFor('running');
    await held.stop();
    await watching;
    expect(story.filter((word) => word !== 'reset')).toEqual(['running', 'ready', 'running', 'stopping', 'stopped']);
    expect(story).toContain('reset');
    expect(await vm.exit).toEqual(await held.exit);
  });

  it('gives everybody the same result of a stop, and later again, and leaves nothing', async () => {
    await using bench = await Bench.create();
    const { other, held, vm } = await two(bench);
    const third = await (await bench.open()).get('web');
    expect((await other.get('web')).instanceId).toBe(vm.instanceId);
    const results = await Promise.all([vm.stop(), third.stop(), held.stop(), vm.stop()]);
    expect(results[0]).toMatchObject({
      how: 'guest',
      rungs: [{ rung: 'power-button', outcome: 'worked' }],
      problems: [],
    });
    for (const result of results) expect(JSON.stringify(result)).toBe(JSON.stringify(results[0]));
    expect(await vm.stop()).toEqual(results[0]);
    expect(await third.kill()).toEqual(results[0]);
    expect(vm.state).toEqual(held.state);
    expect((await failure(vm.pause())).message).toBe((await failure(held.pause())).message);
    expect(await bench.files()).toEqual([]);
    expect((await failure(other.get('web'))).code).toBe('NOT_FOUND');
  });

  it('is killed ahead of what is going on at its holder', async () => {
    await using bench = await Bench.create();
    const { held, vm, machine } = await two(bench);
    machine.onPowerButton = async () => undefined;
    const stopping = held.stop({ graceMs: 60_000 });
    await vm.waitFor('stopping');
    expect(await vm.kill()).toEqual(await stopping);
  });

  it('that is still being started can be stopped', async () => {
    await using bench = await Bench.create();
    const began = deferred<void>();
    bench.driver.beforeBoot = (signal) => {
      began.resolve();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const booting = failure((await bench.open()).boot({ name: 'web', kernel: bench.kernel }));
    await began.promise;
    const vm = await (await bench.open()).get('web');
    expect([vm.state.status, vm.process]).toEqual(['starting', null]);
    await vm.stop();
    expect(vm.state.status).toBe('stopped');
    expect((await booting).code).toBe('ABORTED');
  });

  it('fails as it fails for its holder', async () => {
    await using bench = await Bench.create();
    const { held, vm, machine } = await two(bench);
    for (const work of [(by: Vm) => by.resume(), (by: Vm) => by.snapshot('/nowhere'), (by: Vm) => by.vsock(1)]) {
      const [there, here] = [await failure(work(held)), await failure(work(vm))];
      expect({ ...here, message: here.message }).toEqual({ ...there, message: there.message });
    }
    machine.beforePause = Promise.reject(new Error('no'));
    machine.beforePause.catch(() => undefined);
    const error = await failure(vm.pause());
    expect(error).toMatchObject({ code: 'HYPERVISOR', vm: 'web', driver: 'scripted', cause: { message: 'no' } });
    await expect(vm.stop({ graceMs: -1 })).rejects.toThrow(TypeError);
    await expect(vm.snapshot('relative')).rejects.toThrow(TypeError);
  });

  it('that dies says so at once, with its last words', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await two(bench);
    const waiting = failure(vm.ready());
    await machine.print('oops\n');
    machine.crash(3);
    expect(await waiting).toMatchObject({ code: 'NOT_READY', details: { exit: { code: 3 }, consoleTail: ['oops'] } });
    expect(await vm.exit).toMatchObject({ how: 'crashed' });
    expect(await failure(vm.ready())).toMatchObject({ code: 'NOT_READY', details: { consoleTail: ['oops'] } });
  });

  it.each(['signal', 'connection'])(
    'has an operation given up at its holder with the %s of who asked',
    async (what) => {
      await using bench = await Bench.create();
      const { other, vm, machine } = await two(bench);
      const caller = new AbortController();
      const gaveUp = deferred<unknown>();
      machine.pause = (options) =>
        new Promise((_, reject) => {
          options?.signal?.addEventListener('abort', () => {
            gaveUp.resolve(undefined);
            reject(options.signal?.reason);
          });
          machine.calls.push('pause');
        });
      const pausing = failure(vm.pause({ signal: caller.signal }));
      await eventually(async () => expect(machine.calls).toEqual(['pause']));
      if (what === 'signal') caller.abort(new Error('enough'));
      else await other.close();
      await gaveUp.promise;
      expect(await pausing).toMatchObject(
        what === 'signal' ? { code: 'ABORTED', cause: caller.signal.reason } : { code: 'INVALID_STATE' },
      );
    },
  );

  it('is let go of without being touched, and a stop that was asked for is waited for', async () => {
    await using bench = await Bench.create();
    const { holder, other, held, vm, machine } = await two(bench);
    const waiting = failure(vm.waitFor('ready'));
    const third = await bench.open();
    const thirdVm = await third.get('web');
    await third.close();
    expect((await failure(thirdVm.pause())).message).toContain('this manager has let go of it');
    expect(held.state.status).toBe('running');
    machine.onPowerButton = async () => {
      setTimeout(() => machine.powerOff(), 30);
    };
    const [result] = await Promise.all([vm.stop(), other.close()]);
    expect(result.how).toBe('guest');
    expect((await waiting).code).toBe('INVALID_STATE');
    await holder.close();
  });

  it('is taken back when its holder lets go of it', async () => {
    await using bench = await Bench.create();
    const { holder, other, vm, machine } = await two(bench);
    const waiting = [failure(vm.ready()), failure(vm.waitFor('ready'))];
    await holder.close();
    waiting.push(failure(vm.pause()), failure(vm.stop()), failure(vm.ready()));
    for (const error of await Promise.all(waiting)) {
      const message = expect.stringContaining(`process ${process.pid}, which held it, has let go of it; get('web')`);
      expect(error).toMatchObject({ code: 'INVALID_STATE', message });
    }
    expect(existsSync(socketOf(machine))).toBe(false);
    await vm[Symbol.asyncDispose]();
    const taken = await other.get('web');
    expect(taken.state).toEqual({ status: 'running' });
    expect(bench.driver.machines.length).toBe(2);
    expect((await (await bench.open()).get('web')).instanceId).toBe(vm.instanceId);
  });

  it('is never booted again or removed by others, nor taken by adoptAll', async () => {
    await using bench = await Bench.create();
    const { other, held } = await two(bench);
    const details = { state: 'locked', ownerPid: process.pid };
    for (const work of [() => other.boot({ name: 'web', kernel: bench.kernel }), () => other.remove('web')]) {
      expect(await failure(work())).toMatchObject({ code: 'ALREADY_EXISTS', details });
    }
    const whose = { namespace: 'default', name: 'web', ownerPid: process.pid };
    expect(await other.adoptAll()).toEqual({ adopted: [], held: [whose], problems: [] });
    expect(await other.list()).toMatchObject([{ ...whose, state: { status: 'running' } }]);
    expect(held.state.status).toBe('running');
  });

  it('is asked for at the same place when its holder was killed and left its socket', async () => {
    await using bench = await Bench.create();
    const { holder, other, vm, machine } = await two(bench);
    await holder.close();
    await writeFile(socketOf(machine), '');
    await other.get('web');
    expect((await (await bench.open()).get('web')).instanceId).toBe(vm.instanceId);
  });

  it('is asked for at a socket in a folder of this user alone, which goes with the VM', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await two(bench);
    const path = socketOf(machine);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    await vm.kill();
    expect(existsSync(dirname(path))).toBe(false);
  });
});
