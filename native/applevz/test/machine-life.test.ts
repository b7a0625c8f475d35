import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ADDON_FAILURES, type MachineEvent, type NativeMachine } from '../src/index.ts';
import { failureOf } from './support/failure-of.ts';
import { type FakeAddon, loadFakeAddon } from './support/fake-addon.ts';
import { pretend } from './support/pretend.ts';
import { makeScene, type Scene } from './support/scene.ts';

let fake: FakeAddon;
let scene: Scene;
let made: NativeMachine[];
let events: MachineEvent[];

beforeAll(async () => {
  fake = await loadFakeAddon();
}, 300_000);

beforeEach(async () => {
  pretend();
  scene = await makeScene();
  made = [];
  events = [];
});

afterEach(async () => {
  for (const machine of made) machine.close();
  await vi.waitFor(() => expect(fake.counters().alive).toBe(0));
  expect(fake.counters().offQueue).toBe(0);
  await scene[Symbol.asyncDispose]();
});

function make(spec = scene.spec()): NativeMachine {
  const machine = fake.addon.createMachine(spec, (event) => events.push(event));
  made.push(machine);
  return machine;
}

describe('a machine', () => {
  it('is stopped when it was made, and runs, pauses, goes on and stops when told', async () => {
    const machine = make();
    expect(await machine.state()).toBe('stopped');
    await machine.start();
    expect(await machine.state()).toBe('running');
    await machine.pause();
    expect(await machine.state()).toBe('paused');
    await machine.resume();
    expect(await machine.state()).toBe('running');
    await machine.stop();
    expect(await machine.state()).toBe('stopped');
    expect(events).toEqual([]);
  });

  it('starts again after it was stopped', async () => {
    const machine = make();
    await machine.start();
    await machine.stop();
    await machine.start();
    expect(await machine.state()).toBe('running');
  });

  it('appends what its guest says to the file of its serial port', async () => {
    const machine = make();
    await machine.start();
    await vi.waitFor(async () =>
      expect(await readFile(scene.serialLog, 'utf8')).toMatch(/Linux version .*VMRS_READY/s),
    );
  });

  it('tells of a guest that powers itself off, whether asked to or not', async () => {
    const asked = make();
    await asked.start();
    await asked.requestStop();
    await vi.waitFor(() => expect(events).toEqual([{ type: 'guest-stopped' }]));
    const unasked = make(scene.scripted('power-off'));
    await unasked.start();
    await vi.waitFor(() => expect(events).toEqual([{ type: 'guest-stopped' }, { type: 'guest-stopped' }]));
    expect(await unasked.state()).toBe('stopped');
  });

  it('tells of an end by the framework with all that the framework says', async () => {
    pretend({ faults: { crashAfterMs: 1 } });
    const machine = make();
    await machine.start();
    await vi.waitFor(() => expect(events).toHaveLength(1));
    const [event] = events;
    expect(event).toMatchObject({
      type: 'stopped-with-error',
      error: { domain: 'VZErrorDomain', nativeCode: 1, reason: 'The virtual machine stopped unexpectedly.' },
    });
    expect(await machine.state()).toBe('error');
    await expect(machine.stop()).resolves.toBeUndefined();
  });

  it('tells which network lost its other end', async () => {
    pretend({ faults: { disconnectNetworkAfterMs: 1 } });
    const nat = (last: string) => ({ kind: 'nat', mac: `02:00:00:00:00:${last}` }) as const;
    const machine = make(scene.spec({ networks: [nat('01'), nat('02')] }));
    await machine.start();
    await vi.waitFor(() => expect(events).toHaveLength(2));
    const expected = { type: 'network-disconnected', error: { domain: 'VZErrorDomain', nativeCode: 7 } };
    expect(events).toMatchObject([
      { ...expected, index: 0 },
      { ...expected, index: 1 },
    ]);
  });

  it('passes on what the framework says of a failed operation', async () => {
    pretend({ faults: { fails: { start: 'No memory is left.' } } });
    const machine = make();
    const failure = await failureOf(machine.start());
    expect(failure).toBeInstanceOf(Error);
    expect(failure).toMatchObject({
      name: 'NativeFailure',
      domain: 'VZErrorDomain',
      nativeCode: 1,
      reason: 'No memory is left.',
      underlying: null,
    });
    expect(failure.message).toContain('The operation failed.');
  });

  it('refuses what its state does not allow', async () => {
    const machine = make();
    for (const refused of [machine.pause(), machine.resume()]) {
      expect(await failureOf(refused)).toMatchObject({ domain: 'VZErrorDomain', nativeCode: 4 });
    }
    expect(await failureOf(machine.requestStop())).toMatchObject({ domain: 'VZErrorDomain', nativeCode: 3 });
  });

  it('takes and gives back memory when asked', async () => {
    const machine = make();
    await machine.start();
    await expect(machine.setMemoryTarget(32 * 1024 * 1024)).resolves.toBeUndefined();
  });

  it('keeps the identifier that it is given, and makes one when it is given none', async () => {
    const first = make();
    const { machineId } = first;
    expect(machineId).toBeInstanceOf(Uint8Array);
    expect(machineId?.length).toBeGreaterThan(0);
    const again = make(scene.spec({ machineId }));
    expect(again.machineId).toEqual(machineId);
    expect(make().machineId).not.toEqual(machineId);
  });
});

describe('stopping a machine', () => {
  it('succeeds for one that is stopped already', async () => {
    const machine = make();
    await expect(machine.stop()).resolves.toBeUndefined();
    await machine.start();
    await machine.stop();
    await expect(machine.stop()).resolves.toBeUndefined();
  });

  it('ends one whose guest ignores the power button', async () => {
    pretend({ faults: { ignoresRequestStop: true } });
    const machine = make();
    await machine.start();
    await machine.requestStop();
    expect(await machine.state()).toBe('running');
    await machine.stop();
    expect(await machine.state()).toBe('stopped');
  });

  it('ends one that is paused', async () => {
    const machine = make();
    await machine.start();
    await machine.pause();
    await machine.stop();
    expect(await machine.state()).toBe('stopped');
  });

  it('succeeds when the guest was faster', async () => {
    pretend({ faults: { stopRaces: true } });
    const machine = make();
    await machine.start();
    await expect(machine.stop()).resolves.toBeUndefined();
    expect(events).toEqual([{ type: 'guest-stopped' }]);
  });

  it('answers everyone who asks while it is under way', async () => {
    pretend({ faults: { slow: { stop: 30 } } });
    const machine = make();
    await machine.start();
    await expect(Promise.all([machine.stop(), machine.stop(), machine.stop()])).resolves.toHaveLength(3);
  });

  it('fails for one that has not come up yet, as the framework has it', async () => {
    pretend({ faults: { slow: { start: 50 } } });
    const machine = make();
    const starting = machine.start();
    expect(await failureOf(machine.stop())).toMatchObject({
      domain: 'applevz',
      nativeCode: ADDON_FAILURES.refused,
    });
    await starting;
  });

  it('fails with the reason of the framework', async () => {
    pretend({ faults: { fails: { stop: 'The process is stuck.' } } });
    const machine = make();
    await machine.start();
    expect(await failureOf(machine.stop())).toMatchObject({ reason: 'The process is stuck.' });
  });
});

describe('saving and restoring', () => {
  it('continues a paused machine in another one with the same identifier', async () => {
    const state = join(scene.dir, 'state');
    const first = make();
    await first.start();
    await expect(first.checkSaveSupport()).resolves.toBeUndefined();
    await first.pause();
    await first.save(state);
    expect(await first.state()).toBe('paused');
    await first.stop();
    first.close();
    const second = make(scene.spec({ machineId: first.machineId }));
    await second.restore(state);
    expect(await second.state()).toBe('paused');
    await second.resume();
    expect(await second.state()).toBe('running');
  });

  it('passes on the error, and the error behind it, of a state of another machine', async () => {
    const state = join(scene.dir, 'state');
    const first = make();
    await first.start();
    await first.pause();
    await first.save(state);
    await first.stop();
    expect(await failureOf(make().restore(state))).toMatchObject({
      domain: 'VZErrorDomain',
      nativeCode: 12,
      underlying: { domain: 'NSPOSIXErrorDomain', nativeCode: 22, underlying: null },
    });
  });

  it('tells why a machine cannot be saved', async () => {
    pretend({ faults: { fails: { 'check-save': 'A device cannot be saved.' } } });
    expect(await failureOf(make().checkSaveSupport())).toMatchObject({ reason: 'A device cannot be saved.' });
  });

  it.each([
    ['an Intel Mac', { arch: 'x64' }],
    ['macOS 13', { osVersion: '13.6.0' }],
  ] as const)('is refused on %s', async (_, settings) => {
    pretend(settings);
    const machine = make(scene.spec());
    const path = join(scene.dir, 'state');
    for (const refused of [machine.checkSaveSupport(), machine.save(path), machine.restore(path)]) {
      expect(await failureOf(refused)).toMatchObject({ domain: 'applevz', nativeCode: ADDON_FAILURES.unsupported });
    }
  });
});

describe('closing a machine', () => {
  it('ends a running one at once, and may be repeated', async () => {
    const machine = make();
    await machine.start();
    machine.close();
    machine.close();
    await vi.waitFor(() => expect(fake.counters().alive).toBe(0));
    expect(events).toEqual([]);
  });

  it('leaves the identifier to be read, and refuses everything else', async () => {
    const machine = make();
    const { machineId } = machine;
    machine.close();
    expect(machine.machineId).toEqual(machineId);
    const path = join(scene.dir, 'state');
    const refused = [
      ...[machine.state(), machine.start(), machine.pause(), machine.resume(), machine.requestStop(), machine.stop()],
      ...[machine.checkSaveSupport(), machine.save(path), machine.restore(path), machine.setMemoryTarget(1)],
      ...[machine.connectVsock(1), machine.listenVsock(1, () => {}), machine.unlistenVsock(1)],
    ];
    for (const one of refused) {
      expect(await failureOf(one)).toMatchObject({ domain: 'applevz', nativeCode: ADDON_FAILURES.closed });
    }
  });

  it.each([['start'], ['stop'], ['pause']] as const)(
    'rejects what is under way: a %s that never ends',
    async (name) => {
      pretend({ faults: { neverCompletes: [name] } });
      const machine = make();
      if (name !== 'start') await machine.start();
      const pending = machine[name]();
      const state = await machine.state();
      expect(state).toBe({ start: 'starting', stop: 'stopping', pause: 'pausing' }[name]);
      machine.close();
      expect(await failureOf(pending)).toMatchObject({ domain: 'applevz', nativeCode: ADDON_FAILURES.closed });
    },
  );

  it('rejects what was asked and not begun', async () => {
    const machine = make();
    const asked = [machine.start(), machine.state(), machine.pause(), machine.connectVsock(7)];
    machine.close();
    for (const one of asked) {
      expect(await failureOf(one)).toMatchObject({ domain: 'applevz', nativeCode: ADDON_FAILURES.closed });
    }
  });
});
