import type { Socket } from 'node:net';

/** `CONNECT 4294967295` and its end. */
const LONGEST = 20;

/** Reads `CONNECT <port>` and its newline, and leaves what follows in the stream. Null when something else comes, or the stream ends first. */
export function readVsockRequest(peer: Socket): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  let read = Buffer.alloc(0);
  const onReadable = (): void => {
    for (let bytes: Buffer | null = peer.read(); bytes !== null; bytes = peer.read())
      read = Buffer.concat([read, bytes]);
    const end = read.subarray(0, LONGEST).indexOf('\n');
    if (end === -1 && read.length < LONGEST) return;
    peer.off('readable', onReadable);
    if (end !== -1 && end + 1 < read.length) peer.unshift(read.subarray(end + 1));
    resolve(end === -1 ? null : portOf(read.toString('latin1', 0, end)));
  };
  const onOver = (): void => resolve(null);
  peer.on('readable', onReadable).once('end', onOver).once('close', onOver);
  return promise.finally(() => peer.off('readable', onReadable).off('end', onOver).off('close', onOver));
}

function portOf(line: string): number | null {
  const port = Number(/^CONNECT (\d{1,10})\r?$/.exec(line)?.[1] ?? Number.NaN);
  return port <= 0xffff_ffff ? port : null;
}
