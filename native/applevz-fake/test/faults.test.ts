import type { FakeOperation } from '@vmrs/applevz-fake';
import { describe, expect, it } from 'vitest';
import { useDouble } from './fixtures/use-double.ts';

const double = useDouble();

describe('a machine that is told to', () => {
  it('fails at an operation does, in those words, and is as it was before', async () => {
    double.behave({ faults: { fails: { start: 'no memory', pause: 'no pause' } } });
    const { machine } = double.make();
    await expect(machine.start()).rejects.toMatchObject({
      domain: 'VZErrorDomain',
      nativeCode: 1,
      reason: 'no memory',
    });
    expect(await machine.state()).toBe('error');
    double.behave({ faults: { fails: { pause: 'no pause', save: 'no space' } } });
    const other = double.make().machine;
    await other.start();
    await expect(other.pause()).rejects.toMatchObject({ reason: 'no pause' });
    expect(await other.state()).toBe('running');
  });

  it('be slow shows what it is about meanwhile', async () => {
    double.behave({ faults: { slow: { start: 50, pause: 50 } } });
    const { machine } = double.make();
    const started = machine.start();
    expect(await machine.state()).toBe('starting');
    await started;
    const paused = machine.pause();
    expect(await machine.state()).toBe('pausing');
    await paused;
  });

  it('never come to an end keeps its handler, which nobody calls when it is closed', async () => {
    double.behave({ faults: { neverCompletes: ['start'] } });
    const { machine } = double.make();
    const started = machine.start();
    expect(await machine.state()).toBe('starting');
    await expect(machine.stop()).rejects.toThrow(/cannot be stopped/);
    machine.close();
    await expect(started).rejects.toMatchObject({ domain: 'applevz' });
  });

  it('ignore the power button keeps on running (insidegui/VirtualBuddy#316)', async () => {
    double.behave({ faults: { ignoresRequestStop: true } });
    const { machine, events } = double.make();
    await machine.start();
    await machine.requestStop();
    await machine.stop();
    expect(events).toEqual([]);
  });

  it('crash tells its delegate why', async () => {
    double.behave({ faults: { crashAfterMs: 10 } });
    const { machine, event } = double.make();
    await machine.start();
    const { error } = await event('stopped-with-error');
    expect(error).toMatchObject({
      domain: 'VZErrorDomain',
      nativeCode: 1,
      reason: 'The virtual machine stopped unexpectedly.',
    });
    expect(await machine.state()).toBe('error');
  });

  it('end just as it is stopped is stopped all the same', async () => {
    double.behave({ faults: { stopRaces: true } });
    const { machine, event } = double.make();
    await machine.start();
    await machine.stop();
    await event('guest-stopped');
    expect(await machine.state()).toBe('stopped');
  });

  it('lose its networks tells of each', async () => {
    double.behave({ faults: { disconnectNetworkAfterMs: 10 } });
    const networks = ['02:00:00:00:00:01', '02:00:00:00:00:02'].map((mac) => ({ kind: 'nat', mac }) as const);
    const { machine, events } = double.make(double.spec({ networks }));
    await machine.start();
    await expect.poll(() => events.length).toBe(2);
    expect(events).toMatchObject(
      [0, 1].map((index) => ({ type: 'network-disconnected', index, error: { nativeCode: 7 } })),
    );
  });

  it.each(['start', 'pause', 'resume', 'stop', 'save', 'restore'] satisfies FakeOperation[])(
    'raise in %s does so where it is called, and the addon catches it',
    async (operation) => {
      double.behave({ faults: { raisesIn: [operation] } });
      const { machine } = double.make();
      // One that is off is not even asked to stop.
      if (operation === 'stop') await machine.start();
      const before = double.addon.double.counters().exceptions;
      const call = operation === 'save' || operation === 'restore' ? machine[operation]('/nope') : machine[operation]();
      await expect(call).rejects.toThrow(/raised by the double/);
      expect(double.addon.double.counters().exceptions).toBe(before + 1);
    },
  );

  it('raise when it is made leaves nothing alive', () => {
    double.behave({ faults: { raisesIn: ['make'] } });
    expect(() => double.make()).toThrow(/raised by the double/);
    double.behave({ faults: { raisesIn: ['validate'] } });
    expect(() => double.make()).toThrow(/raised by the double/);
  });
});
