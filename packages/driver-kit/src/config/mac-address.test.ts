import type { NetworkSpec } from '@vmrs/core/driver';
import { describe, expect, it } from 'vitest';
import { macAddresses } from './mac-address.ts';

const nat = (mac: string | null = null): NetworkSpec => ({ type: 'nat', mac, ports: [] });
const macsOf = (name: string, networks: readonly NetworkSpec[], namespace = 'default'): readonly string[] =>
  macAddresses({ name, namespace, networks });

describe('macAddresses', () => {
  it.each([
    ['my-vm', '52:54:00:d6:ee:5c'],
    ['web-01', '52:54:00:0b:9d:9f'],
    ['test-vm', '52:54:00:e0:97:de'],
  ])("derives the first interface's from the name: %s", (name, mac) => {
    expect(macsOf(name, [nat()])).toEqual([mac]);
  });

  it('gives each interface another one, stable, unicast and locally administered', () => {
    const macs = macsOf(
      'web',
      Array.from({ length: 64 }, () => nat()),
    );
    expect(new Set(macs).size).toBe(64);
    expect(
      macsOf(
        'web',
        Array.from({ length: 64 }, () => nat()),
      ),
    ).toEqual(macs);
    for (const mac of macs) {
      expect(mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
      expect(Number.parseInt(mac.slice(0, 2), 16) & 0b11).toBe(0b10);
    }
  });

  it('keeps what is given, and never derives the same', () => {
    const given = '52:54:00:d6:ee:5c';
    const [first, second] = macsOf('my-vm', [nat(), nat(given)]);
    expect(second).toBe(given);
    expect(first).not.toBe(given);
  });

  it('differs between namespaces for all but the first interface', () => {
    const [, one] = macsOf('web', [nat(), nat()], 'one');
    const [, two] = macsOf('web', [nat(), nat()], 'two');
    expect(one).not.toBe(two);
  });
});
