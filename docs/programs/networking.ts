import type { NetworkConfig } from '@vmrs/core';

/** Outgoing connections through the host, and a port of the guest on one of the host's; needs no privileges. */
export const nat: NetworkConfig = { type: 'nat', ports: [{ hostPort: 8080, guestPort: 80 }] };

/** A tap that is made for the VM on a bridge of yours, and deleted with it; needs root. */
export const bridged: NetworkConfig = { type: 'tap', create: true, bridge: 'br0' };

/** A tap of your own, which is used and never touched. */
export const tap: NetworkConfig = { type: 'tap', name: 'tap0', mac: '52:54:00:12:34:56' };

/** One datagram per Ethernet frame, to a switch of your own at the other end of a unix socket. */
export const socket: NetworkConfig = { type: 'socket', path: '/run/switch.sock' };
