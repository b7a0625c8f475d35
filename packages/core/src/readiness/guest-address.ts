import { BlockList, isIP } from 'node:net';

/**
 * Whether `text` is an address at which a guest can be reached: IPv4 or IPv6, without a zone (which would be the guest's),
 * and not the unspecified, a multicast or the broadcast address, also in their IPv4-mapped form; a loopback address only where `loopback` is set.
 */
export function isGuestAddress(text: string, { loopback }: { readonly loopback: boolean }): boolean {
  const family = isIP(text);
  if (family === 0 || text.includes('%')) return false;
  return !unreachable(loopback).check(text, family === 4 ? 'ipv4' : 'ipv6');
}

/** Made anew each time: only lines that look like a marker come here, and importing this file must do no work. */
function unreachable(loopback: boolean): BlockList {
  const list = new BlockList();
  list.addAddress('0.0.0.0', 'ipv4');
  if (!loopback) {
    list.addSubnet('127.0.0.0', 8, 'ipv4');
    list.addAddress('::1', 'ipv6');
  }
  list.addSubnet('224.0.0.0', 4, 'ipv4');
  list.addAddress('255.255.255.255', 'ipv4');
  list.addAddress('::', 'ipv6');
  list.addSubnet('ff00::', 8, 'ipv6');
  return list;
}
