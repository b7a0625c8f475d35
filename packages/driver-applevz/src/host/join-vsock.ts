import { Socket } from 'node:net';
import type { VsockConnection } from '@vmrs/applevz-addon';

/**
 * Lets a guest's connection and a host's stream talk to each other: each direction ends by itself, waits when the other end is slow, and when either breaks both do.
 * Takes both over; resolves, and never rejects, when the guest's descriptor is closed and its connection released.
 */
export function joinVsock(connection: VsockConnection, peer: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const guest = new Socket({ fd: connection.fd, readable: true, writable: true, allowHalfOpen: true }).unref();
  breakTogether(guest, peer);
  breakTogether(peer, guest);
  guest.once('close', () => {
    connection.release();
    resolve();
  });
  guest.pipe(peer);
  peer.pipe(guest);
  if (peer.destroyed) guest.destroy();
  return promise;
}

/** What one end still has to send when the other has closed properly is sent. */
function breakTogether(one: Socket, other: Socket): void {
  one.once('error', () => other.destroy());
  one.once('close', () => {
    if (!one.readableEnded) other.destroy();
  });
}
