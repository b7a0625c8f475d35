import { describe, expect, it } from 'vitest';
import type { Machine } from '../contract/index.ts';
import type { JsonObject } from '../util/json.ts';
import { Bench, failure } from './fixtures/bench.ts';
import type { ScriptedDriver } from './fixtures/scripted-driver.ts';

/** Makes the scripted driver one with operations. */
function withOperations(driver: ScriptedDriver, operate: NonNullable<Machine['operate']>): void {
  Object.assign(driver, {
    operations: ['reboot', 'resize'],
    capabilities: { ...driver.capabilities, operations: true },
  });
  driver.onMachine = (machine) => void Object.assign(machine, { operate });
}

describe('Vm.operate', () => {
  it('passes plain data on to the driver and back, in turn with other operations', async () => {
    await using bench = await Bench.create();
    const asked: [string, JsonObject][] = [];
    withOperations(bench.driver, async (name, args) => {
      asked.push([name, args]);
      return { done: true };
    });
    const { vm, machine } = await bench.boot(await bench.open());
    const pausing = vm.pause();
    const operating = vm.operate('resize', { cpus: 2 });
    await pausing;
    expect(await operating).toEqual({ done: true });
    expect(await vm.operate('reboot')).toEqual({ done: true });
    expect(asked).toEqual([
      ['resize', { cpus: 2 }],
      ['reboot', {}],
    ]);
    expect(machine.calls).toEqual(['pause']);
  });

  it('refuses a name that the driver does not have, and names those that it has', async () => {
    await using bench = await Bench.create();
    withOperations(bench.driver, () => Promise.reject(new Error('it was asked')));
    const { vm } = await bench.boot(await bench.open());
    const error = await failure(vm.operate('explode'));
    expect(error).toMatchObject({ code: 'UNSUPPORTED', details: { capabilities: ['operations'] } });
    expect(error.message).toContain("no operation 'explode'; it has reboot, resize");
  });

  it('is refused of a driver without operations, and of a VM that has ended', async () => {
    await using bench = await Bench.create();
    const { vm } = await bench.boot(await bench.open());
    expect((await failure(vm.operate('reboot'))).code).toBe('UNSUPPORTED');
    await vm.kill();
    expect((await failure(vm.operate('reboot'))).code).toBe('INVALID_STATE');
  });

  it('is a TypeError for what is not plain data', async () => {
    await using bench = await Bench.create();
    const { vm } = await bench.boot(await bench.open());
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    for (const args of [[], 'x', 5, { a: 1n }, { a: Number.NaN }, { a: () => 1 }, circle] as object[]) {
      await expect(vm.operate('reboot', args as JsonObject)).rejects.toThrow(TypeError);
    }
    await expect(vm.operate('')).rejects.toThrow(TypeError);
  });

  it('keeps the error of a driver, and wraps what is none', async () => {
    await using bench = await Bench.create();
    withOperations(bench.driver, (name) => Promise.reject(new Error(`${name} broke`)));
    const { vm } = await bench.boot(await bench.open());
    expect(await failure(vm.operate('resize'))).toMatchObject({ code: 'HYPERVISOR', details: { operation: 'resize' } });
  });

  it('can be given up', async () => {
    await using bench = await Bench.create();
    withOperations(bench.driver, () => new Promise(() => undefined));
    const { vm } = await bench.boot(await bench.open());
    const caller = new AbortController();
    const operating = failure(vm.operate('resize', {}, { signal: caller.signal }));
    caller.abort(new Error('enough'));
    expect((await operating).code).toBe('ABORTED');
  });
});
