import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scriptedKernel } from '@vmrs/applevz-fake';
import { describe, expect, it } from 'vitest';
import { useDouble } from './fixtures/use-double.ts';

const double = useDouble();

/** Facts: apple-vz.md §2.3. */
describe('a machine', () => {
  it('goes through the states that the framework has', async () => {
    double.behave({ faults: { slow: { start: 50, pause: 50, resume: 50, stop: 50 } } });
    const { machine, events } = double.make();
    expect(await machine.state()).toBe('stopped');
    for (const [operation, over, to] of [
      ['start', 'starting', 'running'],
      ['pause', 'pausing', 'paused'],
      ['resume', 'resuming', 'running'],
      ['stop', 'stopping', 'stopped'],
    ] as const) {
      const done = machine[operation]();
      expect(await machine.state()).toBe(over);
      await done;
      expect(await machine.state()).toBe(to);
    }
    expect(events).toEqual([]);
  });

  it('can be stopped while it is paused, and started again', async () => {
    const { machine } = double.make();
    await machine.start();
    await machine.pause();
    await machine.stop();
    await machine.start();
    expect(await machine.state()).toBe('running');
  });

  it('refuses what its state forbids as an invalid transition', async () => {
    const { machine } = double.make();
    for (const call of [() => machine.pause(), () => machine.resume(), () => machine.save('/nope')]) {
      await expect(call()).rejects.toMatchObject({ domain: 'VZErrorDomain', nativeCode: 4 });
    }
    await machine.start();
    await expect(machine.start()).rejects.toMatchObject({
      nativeCode: 4,
      reason: 'Transition from state “running” to state “starting” is invalid.',
    });
    await expect(machine.restore('/nope')).rejects.toMatchObject({ nativeCode: 4 });
  });

  it('has no power button unless it runs', async () => {
    const { machine } = double.make();
    await expect(machine.requestStop()).rejects.toMatchObject({ domain: 'VZErrorDomain', nativeCode: 3 });
    await machine.start();
    await machine.pause();
    await expect(machine.requestStop()).rejects.toMatchObject({ domain: 'VZErrorDomain', nativeCode: 3 });
  });

  it('tells its delegate when the guest obeys the power button', async () => {
    const { machine, events, event } = double.make();
    await machine.start();
    await machine.requestStop();
    await event('guest-stopped');
    expect(events).toEqual([{ type: 'guest-stopped' }]);
    expect(await machine.state()).toBe('stopped');
  });

  it('fails to start with a kernel of another architecture, without a hint (lima-vm/lima#3705)', async () => {
    const kernel = await scriptedKernel(join(double.folder, 'other-kernel'), 'x64');
    const { machine } = double.make(double.spec({ boot: { kind: 'linux', kernel, initramfs: null, cmdline: '' } }));
    await expect(machine.start()).rejects.toMatchObject({
      domain: 'VZErrorDomain',
      nativeCode: 1,
      reason: 'The virtual machine failed to start.',
    });
    expect(await machine.state()).toBe('error');
  });

  it('runs one at a time with one identifier', async () => {
    const first = double.make().machine;
    const twin = double.make(double.spec({ machineId: first.machineId })).machine;
    await first.start();
    await expect(twin.start()).rejects.toMatchObject({ domain: 'VZErrorDomain', nativeCode: 1 });
    await first.stop();
    await twin.start();
  });

  it('is refused beyond the limit of the Mac', async () => {
    double.behave({ maxMachines: 1 });
    const [first, second] = [double.make().machine, double.make().machine];
    await first.start();
    await expect(second.start()).rejects.toMatchObject({ domain: 'VZErrorDomain', nativeCode: 6 });
    await first.stop();
    await second.start();
  });

  it('ends with the last that holds it', async () => {
    const path = join(double.folder, 'ended.log');
    const { machine } = double.make(double.spec({ serial: { kind: 'file', path } }, 'vmrs.test=late-marker'));
    await machine.start();
    machine.close();
    const other = double.make(double.spec({ machineId: machine.machineId })).machine;
    // The identifier is free again when the guest has gone.
    await expect
      .poll(async () =>
        other.start().then(
          () => 'started',
          () => 'refused',
        ),
      )
      .toBe('started');
    expect(await readFile(path, 'latin1')).not.toContain('VMRS_READY');
  });
});

describe('saved state', () => {
  it('continues in another machine with the same identifier, paused', async () => {
    const path = join(double.folder, 'state');
    const { machine } = double.make();
    await machine.start();
    await machine.checkSaveSupport();
    await machine.pause();
    await machine.save(path);
    expect(await machine.state()).toBe('paused');
    await machine.stop();
    const next = double.make(double.spec({ machineId: machine.machineId }));
    await next.machine.restore(path);
    expect(await next.machine.state()).toBe('paused');
    await next.machine.resume();
    await next.machine.requestStop();
    await next.event('guest-stopped');
  });

  it('is an invalid argument to a machine that differs (openai/tart#1297)', async () => {
    const path = join(double.folder, 'state-of-another');
    const { machine } = double.make();
    await machine.start();
    await machine.pause();
    await machine.save(path);
    await machine.stop();
    const { machineId } = machine;
    for (const over of [{}, { machineId, cpus: 2 }, { machineId, vsock: true }]) {
      const other = double.make(double.spec(over)).machine;
      await expect(other.restore(path)).rejects.toMatchObject({
        domain: 'VZErrorDomain',
        nativeCode: 12,
        underlying: { domain: 'NSPOSIXErrorDomain', nativeCode: 22 },
      });
      expect(await other.state()).toBe('stopped');
    }
    await expect(double.make().machine.restore('/nope')).rejects.toMatchObject({ nativeCode: 12 });
  });

  it('is never written over a file', async () => {
    const { machine } = double.make();
    await machine.start();
    await machine.pause();
    await expect(machine.save(double.kernel)).rejects.toMatchObject({ domain: 'VZErrorDomain', nativeCode: 11 });
    expect(await machine.state()).toBe('paused');
  });

  it('is for Apple silicon and macOS 14 only', () => {
    expect(double.addon.hostFacts().saveRestore).toBe(true);
    double.behave({ arch: 'x64' });
    expect(double.addon.hostFacts()).toMatchObject({ arch: 'x64', saveRestore: false });
    double.behave({ osVersion: '13.6.0' });
    expect(double.addon.hostFacts()).toMatchObject({ osVersion: '13.6.0', saveRestore: false });
  });
});
