import { createHash } from 'node:crypto';
import type { BootSpec } from '@vmrs/core/driver';

/**
 * One MAC address per network interface, stable over boots and distinct within the VM: the one that was given, else one
 * derived from the VM's identity. The first interface's is `52:54:00` and three bytes of the SHA-256 of the name, as in the
 * reference implementation; further ones are locally administered and also depend on namespace and index.
 */
export function macAddresses(spec: Pick<BootSpec, 'name' | 'namespace' | 'networks'>): readonly string[] {
  const taken = new Set(spec.networks.map(({ mac }) => mac).filter((mac) => mac !== null));
  return spec.networks.map(({ mac }, index) => {
    if (mac !== null) return mac;
    for (let round = 0; ; round += 1) {
      const derived =
        index === 0 && round === 0 ? firstMac(spec.name) : furtherMac(spec.namespace, spec.name, index, round);
      if (taken.has(derived)) continue;
      taken.add(derived);
      return derived;
    }
  });
}

function firstMac(name: string): string {
  return formatMac([0x52, 0x54, 0x00, ...digest(name).subarray(0, 3)]);
}

function furtherMac(namespace: string, name: string, index: number, round: number): string {
  const [first = 0, ...rest] = digest([namespace, name, index, round].join('\0')).subarray(0, 6);
  // Bit 0 set would mean multicast; bit 1 set means locally administered.
  return formatMac([(first & 0xfc) | 0x02, ...rest]);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function formatMac(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
