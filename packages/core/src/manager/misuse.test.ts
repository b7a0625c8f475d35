import { describe, expect, it } from 'vitest';
import { Bench, failure } from './fixtures/bench.ts';
import { EventHub } from './runtime/event-hub.ts';

/** What a JavaScript caller may give. */
const WRONG_TIMES = [Number.NaN, -1, Number.POSITIVE_INFINITY, 2 ** 31, '5'] as unknown[] as number[];

describe('wrong arguments are named before anything is done', () => {
  it.each(WRONG_TIMES)('timeoutMs of %s', async (timeoutMs) => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    await expect(vms.boot({ name: 'web', kernel: bench.kernel }, { timeoutMs })).rejects.toThrow(/^timeoutMs must be/);
    expect(bench.driver.machines).toEqual([]);
    const { vm } = await bench.boot(vms);
    await expect(vm.waitFor('ready', { timeoutMs })).rejects.toThrow(/^timeoutMs must be/);
  });

  it.each(WRONG_TIMES)('graceMs of %s', async (graceMs) => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    await expect(vm.stop({ graceMs })).rejects.toThrow(/^graceMs must be/);
    expect(machine.calls).toEqual([]);
    expect(vm.state.status).toBe('running');
  });

  it('undefined stands for the default', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const start = { timeoutMs: undefined } as unknown as { timeoutMs: number };
    const stop = { graceMs: undefined } as unknown as { graceMs: number };
    const vm = await vms.boot({ name: 'web', kernel: bench.kernel }, start);
    const machine = bench.driver.machines[0];
    if (machine === undefined) throw new Error('not booted');
    machine.onPowerButton = async () => {
      setTimeout(() => machine.powerOff(), 50);
    };
    expect((await vm.stop(stop)).how).toBe('guest');
  });

  it('a controller where its signal belongs', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const options = { signal: new AbortController() } as unknown as { signal: AbortSignal };
    const named = /^signal must be an AbortSignal/;
    await expect(vms.boot({ name: 'web', kernel: bench.kernel }, options)).rejects.toThrow(named);
    await expect(vms.get('web', options)).rejects.toThrow(named);
    const { vm } = await bench.boot(vms);
    await expect(vm.pause(options)).rejects.toThrow(named);
    await expect(vm.ready(options)).rejects.toThrow(named);
    await expect(vm.waitFor('ready', options)).rejects.toThrow(named);
    expect(vm.state.status).toBe('running');
  });

  it('names, paths and configurations of no kind', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const nothing = undefined as unknown as never;
    expect((await failure(vms.boot(nothing))).code).toBe('INVALID_CONFIG');
    expect((await failure(vms.get(5 as unknown as string))).code).toBe('INVALID_CONFIG');
    await expect(vms.restore(nothing)).rejects.toThrow(/absolute path/);
    await expect(vms.restore('relative')).rejects.toThrow(/absolute path/);
    const { vm } = await bench.boot(vms);
    await expect(vm.snapshot('relative')).rejects.toThrow(/absolute path/);
    await expect(vm.waitFor('redy' as 'ready')).rejects.toThrow(/'redy' is no state/);
    expect(() => vm.events({ capacity: Number.NaN })).toThrow(/^capacity must be/);
  });

  it('misspelt options of calls', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const misspelt = { timeout: 3 } as object;
    const config = { name: 'web', kernel: bench.kernel };
    await expect(vms.boot(config, misspelt)).rejects.toThrow(/has no option 'timeout'; did you mean 'timeoutMs'/);
    const { vm } = await bench.boot(vms);
    await expect(vm.ready(misspelt)).rejects.toThrow(/ready\(\) has no option 'timeout'/);
    await expect(vm.waitFor('ready', misspelt)).rejects.toThrow(/has no option 'timeout'/);
    await expect(vm.stop({ grace: 5 } as object)).rejects.toThrow(/did you mean 'graceMs'/);
    expect(vm.state.status).toBe('running');
  });

  it('options of a manager', async () => {
    await using bench = await Bench.create();
    const wrong = (options: object) => expect(bench.open(options)).rejects;
    await wrong({ keep: 'sometimes' }).toThrow(/^keep must be one of always, on-failure, never/);
    await wrong({ logger: () => undefined }).toThrow(/^logger must/);
    await wrong({ fileSystem: () => undefined }).toThrow(/^fileSystem must be one such as systemFileSystem/);
    await wrong({ fileSystem: {} }).toThrow(/^fileSystem must/);
    await wrong({ drivers: bench.driver }).toThrow(/^drivers must be an array/);
    await wrong({ statedir: '/x' }).toThrow("VmManager.open() has no option 'statedir'; did you mean 'stateDir'?");
    await wrong({ stateDir: 5 }).toThrow(/stateDir: must be an absolute path/);
    await wrong({ stateDir: 'here' }).toThrow(/stateDir: must be an absolute path/);
  });
});

describe('EventHub', () => {
  it('refuses a capacity that bounds nothing', () => {
    expect(() => new EventHub<number>().subscribe([], { capacity: Number.NaN })).toThrow(TypeError);
  });
});
