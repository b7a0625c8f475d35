import { describe, expect, it } from 'vitest';
import { Bench, failure } from './fixtures/bench.ts';

describe('a plan', () => {
  it('is the spec that a boot would hand to the driver, and changes nothing', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const plan = await vms.plan({ name: 'web', kernel: bench.kernel });
    expect(plan).toMatchObject({
      driver: bench.driver.id,
      spec: { name: 'web', namespace: 'default', cpus: 1, memoryMb: 512 },
      serialLog: plan.spec.serialLog,
      runtimeRoot: vms.runtimeDir,
      present: null,
    });
    expect(plan.stateDir).toBe(`${vms.stateDir}/default/web`);
    await expect(bench.files()).rejects.toThrow('ENOENT');
    expect(bench.driver.machines).toEqual([]);
  });

  it('is refused as the boot would be, with all problems at once', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const config = { name: 'web', kernel: '/none', cpus: 0 };
    const [planned, booted] = [await failure(vms.plan(config)), await failure(vms.boot(config))];
    expect(planned).toMatchObject({ code: 'INVALID_CONFIG', details: booted.details });
  });

  it('tells who has the name', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    await bench.boot(vms);
    const { present } = await vms.plan({ name: 'web', kernel: bench.kernel });
    expect(present).toMatchObject({ name: 'web', state: { status: 'running' } });
  });
});

describe('a manager without a driver', () => {
  it('asks none, boots nothing, and says so', async () => {
    await using bench = await Bench.create();
    bench.driver.probe = async () => {
      throw new Error('it was asked');
    };
    const vms = await bench.open({ driver: null });
    expect(vms.probe.usable).toBe(false);
    expect(() => vms.driver).toThrow(TypeError);
    await expect(vms.boot({ name: 'web', kernel: bench.kernel })).rejects.toThrow(/driver: null/);
    await expect(vms.restore('/none')).rejects.toThrow(/driver: null/);
    expect(await vms.list()).toEqual([]);
  });

  it("checks core's rules alone in a plan", async () => {
    await using bench = await Bench.create();
    const vms = await bench.open({ driver: null });
    expect((await vms.plan({ name: 'web', kernel: bench.kernel, rosetta: true })).driver).toBeNull();
    expect((await failure(vms.plan({ name: '', kernel: bench.kernel }))).code).toBe('INVALID_CONFIG');
  });

  it('finds what another has let go of, with the driver in its record', async () => {
    await using bench = await Bench.create();
    const first = await bench.open();
    await bench.boot(first);
    await first.close();
    const vms = await bench.open({ driver: null });
    expect((await vms.get('web')).driver).toBe(bench.driver.id);
  });

  it.each([5, {}])('is not what a driver of %j makes', async (driver) => {
    await using bench = await Bench.create();
    await expect(bench.open({ driver: driver as unknown as string })).rejects.toThrow(/^driver must be/);
  });
});

describe('the details of a VM', () => {
  it('are told without taking it', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const { vm } = await bench.boot(vms);
    const other = await bench.open({ driver: null });
    const details = await other.inspect('web');
    expect(details).toMatchObject({
      name: 'web',
      driver: bench.driver.id,
      state: { status: 'running' },
      lifetime: 'detached',
      ownerPid: process.pid,
      spec: { kernel: bench.kernel },
      files: { stateDir: `${vms.stateDir}/default/web`, serialFrom: 0 },
    });
    expect(vm.state.status).toBe('running');
    expect(await vms.inspect('web')).not.toHaveProperty('ownerPid');
  });

  it('are of a VM that there is', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open({ driver: null });
    expect((await failure(vms.inspect('web'))).code).toBe('NOT_FOUND');
    expect((await failure(vms.inspect('../x'))).code).toBe('INVALID_CONFIG');
  });
});
