import { describe, expect, it } from 'vitest';
import {
  collecting,
  parseDriverOption,
  parseMemory,
  parseNetwork,
  parsePublish,
  parseShare,
  parseWhole,
} from './parse-flags.ts';

describe('flags', () => {
  it.each([
    ['512', 512],
    ['512m', 512],
    ['2g', 2048],
    ['2GiB', 2048],
  ])('take %s for memory', (text, mb) => expect(parseMemory(text)).toBe(mb));

  it.each(['', 'lots', '1.5g', '-1', '1t'])('refuse %j for memory', (text) => {
    expect(() => parseMemory(text)).toThrow('MiB');
  });

  it.each([
    ['nat', { type: 'nat' }],
    ['nat,mac=52:54:00:00:00:01', { type: 'nat', mac: '52:54:00:00:00:01' }],
    ['tap:tap0', { type: 'tap', name: 'tap0' }],
    ['tap', { type: 'tap', create: true }],
    ['tap,name=t1,bridge=br0', { type: 'tap', create: true, name: 't1', bridge: 'br0' }],
    ['socket:/run/a:b', { type: 'socket', path: '/run/a:b' }],
    ['socket:fd=3', { type: 'socket', fd: 3 }],
    ['none', 'none'],
  ])('take %s for a network', (text, network) => expect(parseNetwork(text)).toEqual(network));

  it.each(['', 'wifi', 'nat,speed=9', 'nat,mac'])('refuse %j for a network', (text) => {
    expect(() => parseNetwork(text)).toThrow();
  });

  it.each([
    ['8080:80', { hostPort: 8080, guestPort: 80 }],
    ['5353:53/udp', { hostPort: 5353, guestPort: 53, protocol: 'udp' }],
    ['0.0.0.0:1:2', { hostPort: 1, guestPort: 2, hostAddress: '0.0.0.0' }],
    ['[::1]:1:2/tcp', { hostPort: 1, guestPort: 2, hostAddress: '::1' }],
  ])('take %s for a port', (text, port) => expect(parsePublish(text)).toEqual(port));

  it.each(['80', 'a:b', '1:2/icmp', '::1:1:2'])('refuse %j for a port', (text) => {
    expect(() => parsePublish(text)).toThrow('8080:80');
  });

  it.each([
    ['./a:data', { hostPath: './a', tag: 'data' }],
    ['/a:b:data:ro', { hostPath: '/a:b', tag: 'data', readOnly: true }],
  ])('take %s for a share', (text, share) => expect(parseShare(text)).toEqual(share));

  it('take options of a driver as JSON where they are such, and as text else', () => {
    expect(parseDriverOption('cpu=host')).toEqual({ path: ['cpu'], value: 'host' });
    expect(parseDriverOption('a.b=3')).toEqual({ path: ['a', 'b'], value: 3 });
    expect(parseDriverOption('a={"b":[true]}')).toEqual({ path: ['a'], value: { b: [true] } });
    expect(() => parseDriverOption('cpu')).toThrow('NAME=VALUE');
  });

  it('take whole numbers, and may be repeated', () => {
    expect(collecting(parseWhole)('2', collecting(parseWhole)('1', undefined))).toEqual([1, 2]);
    expect(() => parseWhole('1.5')).toThrow('whole number');
  });
});
