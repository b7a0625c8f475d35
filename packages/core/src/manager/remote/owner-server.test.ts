import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { Bench, failure } from '../fixtures/bench.ts';
import type { ScriptedMachine } from '../fixtures/scripted-driver.ts';
import type { Vm } from '../vm.ts';
import type { VmManager } from '../vm-manager.ts';
import { LONGEST_LINE, PROTOCOL_VERSION } from './protocol.ts';

const HELLO = { hello: { protocol: PROTOCOL_VERSION, pid: 1 } };

interface Owned {
  readonly vms: VmManager;
  readonly vm: Vm;
  readonly machine: ScriptedMachine;
  readonly path: string;
}

async function owned(bench: Bench): Promise<Owned> {
  const vms = await bench.open();
  const { vm, machine } = await bench.boot(vms);
  return { vms, vm, machine, path: join(machine.context.paths.runtimeDir, 'owner') };
}

function connect(path: string, ...messages: readonly object[]): Socket {
  const socket = createConnection(path).on('error', () => {}); // 'close' follows.
  for (const message of messages) socket.write(`${JSON.stringify(message)}\n`);
  return socket;
}

/** Not `once()`: that fails when the connection is broken off, which is an end like any other here. */
function closing(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.on('close', resolve));
}

async function firstLine(socket: Socket): Promise<unknown> {
  const [line] = await once(createInterface({ input: socket }), 'line');
  return JSON.parse(String(line));
}

describe('the holder of a VM', () => {
  it('refuses another version and names its own', async () => {
    await using bench = await Bench.create();
    const { path } = await owned(bench);
    const socket = connect(path, { hello: { protocol: 7, pid: 1 } });
    expect(await firstLine(socket)).toEqual({ refused: { protocol: PROTOCOL_VERSION, pid: process.pid } });
    await closing(socket);
  });

  it.each([
    ['no JSON', Buffer.from('{]\n')],
    ['no object', Buffer.from('5\n')],
    ['an unknown message', Buffer.from('{"please":1}\n')],
    ['a call before hello', Buffer.from('{"id":1,"call":{"do":"kill"}}\n')],
    ['a call that there is not', Buffer.from(`${JSON.stringify(HELLO)}\n{"id":1,"call":{"do":"dance"}}\n`)],
    [
      'a call with wrong options',
      Buffer.from(`${JSON.stringify(HELLO)}\n{"id":1,"call":{"do":"stop","options":{"graceMs":-1}}}\n`),
    ],
    ['bytes', Buffer.alloc(100, 0xff)],
    ['a line without end', Buffer.alloc(LONGEST_LINE + 100_000, 'x')],
  ])('hangs up on who sends %s, and nobody else is harmed', async (_, bytes) => {
    await using bench = await Bench.create();
    const { vm, machine, path } = await owned(bench);
    const other = await (await bench.open()).get('web');
    const socket = connect(path);
    socket.resume().end(bytes);
    await closing(socket);
    expect([vm.state.status, machine.calls]).toEqual(['running', []]);
    await other.pause();
    expect(vm.state.status).toBe('paused');
  });

  it('hangs up on who does not read', async () => {
    await using bench = await Bench.create();
    const { vm, machine, path } = await owned(bench);
    const socket = connect(path, HELLO);
    await firstLine(socket);
    socket.pause();
    const gone = closing(socket);
    for (let told = 0; told < 6; told += 1) {
      machine.context.notify({ type: 'panicked', detail: 'x'.repeat(LONGEST_LINE) });
    }
    socket.resume();
    await gone;
    expect(vm.state.status).toBe('running');
  });

  it('hangs up on who asks for too much at once', async () => {
    await using bench = await Bench.create();
    const { vm, machine, path } = await owned(bench);
    machine.beforePause = new Promise(() => undefined);
    const socket = connect(path, HELLO);
    for (let id = 1; id <= 300; id += 1) socket.write(`${JSON.stringify({ id, call: { do: 'pause' } })}\n`);
    await closing(socket.resume());
    await vm.kill();
  });

  it('lets who still writes when it has hung up read how the VM ended', async () => {
    await using bench = await Bench.create();
    const { vms, vm, path } = await owned(bench);
    const socket = connect(path, HELLO);
    await firstLine(socket);
    const ended = new Promise<string>((resolve) => {
      createInterface({ input: socket }).on('line', (line) => {
        if (line.startsWith('{"ended"')) resolve(line);
        // As who asks once more before it has read that.
        socket.write('{"ping":true}\n');
      });
    });
    socket.pause();
    const result = await vm.stop();
    // The name is free all the same.
    expect(await bench.files()).toEqual([]);
    expect((await failure(vms.get('web'))).code).toBe('NOT_FOUND');
    socket.write('{"ping":true}\n');
    socket.resume();
    expect(JSON.parse(await ended)).toMatchObject({ ended: { result } });
    socket.destroy();
  });

  it('answers a sign of life', async () => {
    await using bench = await Bench.create();
    const { path } = await owned(bench);
    const socket = connect(path, HELLO, { ping: true });
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    expect(JSON.parse((await lines.next()).value ?? '')).toMatchObject({ welcome: { protocol: PROTOCOL_VERSION } });
    expect(JSON.parse((await lines.next()).value ?? '')).toEqual({ pong: true });
    socket.destroy();
  });
});
