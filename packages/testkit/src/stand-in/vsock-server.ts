import { createServer } from 'node:net';

/**
 * A vsock device as a unix socket, in the form that hypervisors use: the client writes `CONNECT <port>\n`, gets `OK <n>\n`, and is
 * then connected to that port of the guest. The stand-in's guest echoes on every port except {@link CLOSED_PORT}.
 */
export function serveVsock(path: string): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (first) => {
      const match = /^CONNECT (\d+)\n/.exec(first.toString('latin1'));
      if (match === null || Number(match[1]) === CLOSED_PORT) {
        socket.destroy();
        return;
      }
      socket.write(`OK ${match[1]}\n`);
      const rest = first.subarray(match[0].length);
      if (rest.length > 0) socket.write(rest);
      socket.pipe(socket);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

/** The port on which nobody listens in the guest. */
export const CLOSED_PORT = 1;
