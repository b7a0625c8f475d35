import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FakeCall } from '../../applevz-fake/src/index.ts';
import { ADDON_FAILURES, type MachineEvent, type NativeMachine } from '../src/index.ts';
import { failureOf } from './support/failure-of.ts';
import { type FakeAddon, loadFakeAddon } from './support/fake-addon.ts';
import { pretend } from './support/pretend.ts';
import { makeScene, type Scene } from './support/scene.ts';

let fake: FakeAddon;
let scene: Scene;

beforeAll(async () => {
  fake = await loadFakeAddon();
}, 300_000);

beforeEach(async () => {
  scene = await makeScene();
});

afterEach(async () => {
  await vi.waitFor(() => expect(fake.counters().alive).toBe(0));
  expect(fake.counters().offQueue).toBe(0);
  await scene[Symbol.asyncDispose]();
});

const exception = { domain: 'applevz', nativeCode: ADDON_FAILURES.exception };

/** Where the framework raises, what brings it there, and whether the machine runs before. */
const CALLS: readonly (readonly [call: FakeCall, act: (machine: NativeMachine, dir: string) => Promise<unknown>])[] = [
  ['state', (machine) => machine.state()],
  ['start', (machine) => machine.start()],
  ['pause', (machine) => machine.start().then(() => machine.pause())],
  ['resume', (machine) => machine.resume()],
  ['request-stop', (machine) => machine.requestStop()],
  ['stop', (machine) => machine.start().then(() => machine.stop())],
  ['save', (machine, dir) => machine.save(join(dir, 'state'))],
  ['restore', (machine, dir) => machine.restore(join(dir, 'state'))],
  ['memory-balloon-devices', (machine) => machine.setMemoryTarget(1024 * 1024)],
  ['socket-devices', (machine) => machine.connectVsock(7)],
  ['connect', (machine) => machine.connectVsock(7)],
  ['listen', (machine) => machine.listenVsock(7, () => {})],
];

describe('an exception that the framework raises', () => {
  it.each(CALLS)('in %s is the failure of what was asked, and the process lives', async (call, act) => {
    pretend({ faults: { raisesIn: [call] } });
    const machine = fake.addon.createMachine(scene.spec(), () => {});
    const failure = await failureOf(act(machine, scene.dir));
    expect(failure).toMatchObject(exception);
    expect(failure.reason).toContain(`raised by the double in ${call}`);
    machine.close();
  });

  it.each(['make', 'validate'] as const)('in %s is the failure of making a machine', async (call) => {
    pretend({ faults: { raisesIn: [call] } });
    expect(await failureOf(() => fake.addon.createMachine(scene.spec(), () => {}))).toMatchObject(exception);
  });

  it.each(['set-delegate', 'can', 'socket-devices'] as const)(
    'in %s does not keep a machine from being closed',
    async (call) => {
      pretend({ faults: { raisesIn: [call] } });
      const machine = fake.addon.createMachine(scene.spec(), () => {});
      await machine.state();
      machine.close();
      await vi.waitFor(() => expect(fake.counters().alive).toBe(0));
    },
  );

  it('while the addon looks for a lost network does not lose the event', async () => {
    pretend({ faults: { raisesIn: ['network-devices'], disconnectNetworkAfterMs: 1 } });
    const events: MachineEvent[] = [];
    const machine = fake.addon.createMachine(scene.spec(), (event) => events.push(event));
    await machine.start();
    await vi.waitFor(() =>
      expect(events).toMatchObject([{ type: 'network-disconnected', index: -1, error: exception }]),
    );
    machine.close();
  });
});
