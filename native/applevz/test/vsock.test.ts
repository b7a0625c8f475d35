import { closeSync, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ADDON_FAILURES, type NativeMachine, type VsockConnection } from '../src/index.ts';
import { collectGarbage } from './support/collect-garbage.ts';
import { failureOf } from './support/failure-of.ts';
import { type FakeAddon, loadFakeAddon } from './support/fake-addon.ts';
import { pretend } from './support/pretend.ts';
import { makeScene, type Scene } from './support/scene.ts';

/** Programs of the double's guest: one gives back what it gets, the other connects to the port that it is told. */
const ECHO = 7;
const CALL_BACK = 8;

let fake: FakeAddon;
let scene: Scene;
let machine: NativeMachine;

beforeAll(async () => {
  fake = await loadFakeAddon();
}, 300_000);

beforeEach(async () => {
  pretend();
  scene = await makeScene();
  machine = fake.addon.createMachine(scene.spec(), () => {});
  await machine.start();
});

afterEach(async () => {
  machine.close();
  await vi.waitFor(() => expect(fake.counters().alive).toBe(0));
  expect(fake.counters().offQueue).toBe(0);
  await scene[Symbol.asyncDispose]();
});

/** Sends a line and returns the one that comes back. */
async function exchange(socket: Socket, line: string): Promise<string> {
  socket.write(`${line}\n`);
  return await nextLine(socket);
}

function nextLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: Buffer): void => {
      text += chunk.toString();
      if (!text.includes('\n')) return;
      socket.off('data', take);
      resolve(text.trim());
    };
    socket.on('data', take);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`the stream ended after ${JSON.stringify(text)}`)));
  });
}

/** Lets the guest connect to `port` of the host. Its answer is `ok` or `refused`. */
async function callBack(port: number): Promise<{ readonly answer: string; hangUp(): void }> {
  const connection = await machine.connectVsock(CALL_BACK);
  const socket = new Socket({ fd: connection.fd });
  const answer = await exchange(socket, String(port));
  return {
    answer,
    hangUp: () => {
      socket.destroy();
      connection.release();
    },
  };
}

describe('a vsock connection to the guest', () => {
  it('carries bytes both ways', async () => {
    const connection = await machine.connectVsock(ECHO);
    expect(connection.destinationPort).toBe(ECHO);
    expect(connection.sourcePort).toBeGreaterThan(0);
    const socket = new Socket({ fd: connection.fd });
    expect(await exchange(socket, 'hello')).toBe('hello');
    socket.destroy();
    connection.release();
    connection.release();
  });

  it('lives as long as it is referred to, whatever else is collected', async () => {
    let connection: VsockConnection | null = await machine.connectVsock(ECHO);
    const socket = new Socket({ fd: connection.fd });
    await collectGarbage();
    expect(await exchange(socket, 'still here')).toBe('still here');
    connection.release();
    connection = null;
    socket.destroy();
  });

  it('ends for the guest when it is closed and released', async () => {
    const { port, calls } = await listen();
    const call = await callBack(port);
    expect(call.answer).toBe('ok');
    const [connection] = await calls(1);
    if (connection === undefined) throw new Error('no connection');
    const ours = new Socket({ fd: connection.fd });
    ours.destroy();
    connection.release();
    call.hangUp();
  });

  it('is refused where nobody listens, with the words of the system', async () => {
    expect(await failureOf(machine.connectVsock(1))).toMatchObject({
      domain: 'NSPOSIXErrorDomain',
      message: 'Connection reset by peer',
    });
  });

  it('has a descriptor that is its own: the framework closing its end leaves it valid', async () => {
    const connection = await machine.connectVsock(ECHO);
    connection.release();
    await machine.state();
    expect(() => fstatSync(connection.fd)).not.toThrow();
    closeSync(connection.fd);
  });

  it('is refused for a machine without the device', async () => {
    await machine.stop();
    const without = fake.addon.createMachine(scene.spec({ vsock: false }), () => {});
    await without.start();
    for (const refused of [without.connectVsock(ECHO), without.listenVsock(5, () => {})]) {
      expect(await failureOf(refused)).toMatchObject({ domain: 'applevz', nativeCode: ADDON_FAILURES.noDevice });
    }
    await expect(without.unlistenVsock(5)).resolves.toBeUndefined();
    without.close();
  });

  it('that never comes about is rejected when the machine is closed', async () => {
    await machine.stop();
    machine.close();
    pretend({ faults: { neverCompletes: ['connect'] } });
    machine = fake.addon.createMachine(scene.spec(), () => {});
    await machine.start();
    const pending = machine.connectVsock(ECHO);
    await machine.state();
    machine.close();
    expect(await failureOf(pending)).toMatchObject({ nativeCode: ADDON_FAILURES.closed });
  });
});

/** Listens on a port, and remembers who called. */
async function listen(port = 99): Promise<{ port: number; calls(count: number): Promise<VsockConnection[]> }> {
  const taken: VsockConnection[] = [];
  await machine.listenVsock(port, (connection) => taken.push(connection));
  return {
    port,
    calls: async (count) => {
      await vi.waitFor(() => expect(taken).toHaveLength(count));
      return taken;
    },
  };
}

describe('a vsock listener', () => {
  it('takes connections of the guest', async () => {
    const { port, calls } = await listen();
    const first = await callBack(port);
    expect(first.answer).toBe('ok');
    const [connection] = await calls(1);
    if (connection === undefined) throw new Error('no connection');
    expect(connection.destinationPort).toBe(port);
    const socket = new Socket({ fd: connection.fd });
    expect(await exchange(socket, 'to the guest')).toBe('to the guest');
    socket.destroy();
    connection.release();
    first.hangUp();
  });

  it('is still there after everything that can be collected was', async () => {
    const { port, calls } = await listen();
    await collectGarbage();
    const call = await callBack(port);
    expect(call.answer).toBe('ok');
    for (const connection of await calls(1)) {
      closeSync(connection.fd);
      connection.release();
    }
    call.hangUp();
  });

  it('replaces the one before it, and no longer takes anything when it is taken away', async () => {
    const before = vi.fn();
    await machine.listenVsock(99, before);
    const { port, calls } = await listen(99);
    const call = await callBack(port);
    expect(call.answer).toBe('ok');
    for (const connection of await calls(1)) {
      closeSync(connection.fd);
      connection.release();
    }
    expect(before).not.toHaveBeenCalled();
    call.hangUp();
    await machine.unlistenVsock(port);
    const refused = await callBack(port);
    expect(refused.answer).toBe('refused');
    refused.hangUp();
  });

  it('hears nothing after the machine was closed', async () => {
    const accept = vi.fn();
    await machine.listenVsock(99, accept);
    const call = await callBack(99);
    machine.close();
    call.hangUp();
    await collectGarbage();
    expect(accept.mock.calls.length).toBeLessThanOrEqual(1);
  });
});
