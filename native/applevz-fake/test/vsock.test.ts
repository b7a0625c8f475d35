import { once } from 'node:events';
import { Socket } from 'node:net';
import type { NativeMachine, VsockConnection } from '@vmrs/applevz-addon';
import { describe, expect, it } from 'vitest';
import { useDouble } from './fixtures/use-double.ts';

const ECHO_PORT = 7;
const CALL_BACK_PORT = 8;
const double = useDouble();

async function running(): Promise<NativeMachine> {
  const { machine } = double.make(double.spec({ vsock: true }));
  await machine.start();
  return machine;
}

/** What comes back on a stream for what is sent. */
async function exchange(socket: Socket, words: string): Promise<string> {
  socket.write(words);
  return String((await once(socket, 'data'))[0]);
}

async function close(socket: Socket, connection: VsockConnection): Promise<void> {
  socket.destroy();
  if (!socket.closed) await once(socket, 'close');
  connection.release();
}

/** Facts: apple-vz.md §2.2 and §2.4. */
describe('vsock', () => {
  it('reaches a program of the guest', async () => {
    const machine = await running();
    const connection = await machine.connectVsock(ECHO_PORT);
    expect(connection.destinationPort).toBe(ECHO_PORT);
    const socket = new Socket({ fd: connection.fd });
    expect(await exchange(socket, 'hello')).toBe('hello');
    await close(socket, connection);
  });

  it('is reset where nothing listens, and where nothing runs', async () => {
    const machine = await running();
    await expect(machine.connectVsock(9)).rejects.toMatchObject({ domain: 'NSPOSIXErrorDomain', nativeCode: 54 });
    await machine.pause();
    await expect(machine.connectVsock(ECHO_PORT)).rejects.toMatchObject({ nativeCode: 54 });
  });

  it('loses its stream with the connection, whatever duplicates there are (Code-Hex/vz#54)', async () => {
    const machine = await running();
    const connection = await machine.connectVsock(ECHO_PORT);
    const socket = new Socket({ fd: connection.fd });
    expect(await exchange(socket, 'hello')).toBe('hello');
    connection.release();
    socket.resume();
    await once(socket, 'close');
  });

  it('lets programs of the guest reach the host where it listens', async () => {
    const machine = await running();
    const accepted = new Promise<VsockConnection>((resolve) => void machine.listenVsock(99, resolve));
    const call = await machine.connectVsock(CALL_BACK_PORT);
    const callSocket = new Socket({ fd: call.fd });
    expect(await exchange(callSocket, '99\n')).toBe('ok\n');
    const connection = await accepted;
    expect(connection.destinationPort).toBe(99);
    const socket = new Socket({ fd: connection.fd });
    expect(await exchange(socket, 'from the host')).toBe('from the host');
    await close(socket, connection);
    await close(callSocket, call);
  });

  it('refuses programs of the guest where nobody listens any more', async () => {
    const machine = await running();
    await machine.listenVsock(99, (connection) => connection.release());
    await machine.unlistenVsock(99);
    const call = await machine.connectVsock(CALL_BACK_PORT);
    const socket = new Socket({ fd: call.fd });
    expect(await exchange(socket, '99\n')).toBe('refused\n');
    await close(socket, call);
  });

  it('ends with its machine', async () => {
    const machine = await running();
    const connection = await machine.connectVsock(ECHO_PORT);
    const socket = new Socket({ fd: connection.fd });
    await exchange(socket, 'hello');
    socket.resume();
    const closed = once(socket, 'close');
    await machine.stop();
    await closed;
    connection.release();
  });

  it('answers each who connects while the guest is ending', async () => {
    const ending = Array.from({ length: 10 }, async () => {
      const { machine } = double.make(double.spec({ vsock: true }, 'vmrs.test=power-off'));
      await machine.start();
      while ((await machine.state()) !== 'stopped') {
        const connection = await machine.connectVsock(ECHO_PORT).catch(() => null);
        if (connection !== null) await close(new Socket({ fd: connection.fd }), connection);
      }
    });
    await Promise.all(ending);
  });
});
