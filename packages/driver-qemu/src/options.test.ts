import { describe, expect, it } from 'vitest';
import { type QemuOptions, resolveOptions } from './options.ts';

describe('resolveOptions', () => {
  it("takes the host's architecture and the machine that goes with it", () => {
    expect(resolveOptions({}, 'x64')).toMatchObject({ arch: 'x86_64', machine: 'q35', accel: 'auto' });
    expect(resolveOptions({}, 'arm64')).toMatchObject({ arch: 'aarch64', machine: 'virt' });
    expect(resolveOptions({ arch: 'aarch64' }, 'x64')).toMatchObject({ machine: 'virt' });
    expect(resolveOptions({ machine: 'microvm' }, 'x64')).toMatchObject({ machine: 'microvm' });
  });

  it.each<[string, unknown]>([
    ['an unknown option', { acel: 'kvm' }],
    ['an unknown word', { accel: 'xen' }],
    ['a word that every object has', { machine: 'constructor' }],
    ['a wrong type', { binary: 3 }],
    ['an empty path', { binary: '' }],
    ['a deadline of 0', { startTimeoutMs: 0 }],
    ['a machine of the other architecture', { arch: 'aarch64', machine: 'q35' }],
  ])('refuses %s', (_, options) => {
    expect(() => resolveOptions(options as QemuOptions, 'x64')).toThrow(TypeError);
  });
});
