import { chmod, lstat, unlink } from 'node:fs/promises';
import { createConnection, type Server } from 'node:net';

/**
 * Listens on the unix socket `path`, for its owner alone. A socket that a dead process has left is replaced. Throws the system's error; `EADDRINUSE` when somebody listens
 * there already. What goes wrong later, such as a connection for which there is no descriptor left, is noted, and ends nothing.
 */
export async function listenUnix(server: Server, path: string, note: (line: string) => void): Promise<void> {
  try {
    await listen(server, path);
  } catch (error) {
    if (!isErrno(error, 'EADDRINUSE') || !(await isLeftOver(path))) throw error;
    await unlink(path);
    await listen(server, path);
  }
  server.on('error', (error) => note(`a connection to ${path} was lost: ${error.message}`));
  await chmod(path, 0o600);
}

function listen(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.once('listening', resolve);
  // Exclusive: in a worker of a cluster the socket would else be the primary's.
  server.listen({ path, exclusive: true });
  return promise.finally(() => server.off('error', reject).off('listening', resolve));
}

/** Whether `path` is a socket to which nobody listens. */
async function isLeftOver(path: string): Promise<boolean> {
  if (!(await lstat(path)).isSocket()) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection(path);
  socket.once('connect', () => resolve(false)).once('error', (error) => resolve(isErrno(error, 'ECONNREFUSED')));
  return promise.finally(() => socket.destroy());
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
