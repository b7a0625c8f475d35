import { describe, expect, it } from 'vitest';
import { deferred } from '../../util/deferred.ts';
import { Bench, failure, quickClock } from '../fixtures/bench.ts';

describe('operations of one VM', () => {
  it('run in the order in which they were asked for', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    const gate = deferred<void>();
    machine.beforePause = gate.promise;
    const all = Promise.all([vm.pause(), vm.resume(), vm.pause()]);
    gate.resolve();
    await all;
    expect(machine.calls).toEqual(['pause', 'resume', 'pause']);
    expect(vm.state).toEqual({ status: 'paused' });
  });

  it('are refused in states in which they make no sense', async () => {
    await using bench = await Bench.create();
    const { vm } = await bench.boot(await bench.open());
    expect(await failure(vm.resume())).toMatchObject({
      code: 'INVALID_STATE',
      details: { state: 'running', operation: 'resume' },
    });
    await vm.pause();
    expect(await failure(vm.pause())).toMatchObject({ code: 'INVALID_STATE', details: { state: 'paused' } });
    await vm.stop();
    for (const work of [() => vm.pause(), () => vm.resume(), () => vm.snapshot('/nowhere')]) {
      expect(await failure(work())).toMatchObject({ code: 'INVALID_STATE', details: { state: 'stopped' } });
    }
  });

  it('leave as HYPERVISOR errors with their cause when the driver throws something else', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    const cause = new Error('monitor closed');
    machine.beforePause = Promise.reject(cause);
    expect(await failure(vm.pause())).toMatchObject({ code: 'HYPERVISOR', cause, vm: 'web' });
    expect(vm.state.status).toBe('running');
  });

  it('are given up by their caller, also when the driver does not heed it, and the next one is not held up', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open({ clock: quickClock }));
    machine.beforePause = new Promise(() => undefined);
    const caller = new AbortController();
    const pausing = failure(vm.pause({ signal: caller.signal }));
    caller.abort(new Error('enough'));
    expect(await pausing).toMatchObject({ code: 'ABORTED', cause: caller.signal.reason });
    machine.beforePause = Promise.resolve();
    await vm.pause();
  });
});
