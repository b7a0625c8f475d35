import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { networkDeviceKind, releaseTap } from './tap.ts';

const canMakeTaps =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('ip', ['-V']).status === 0 &&
  spawnSync('test', ['-c', '/dev/net/tun']).status === 0;

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

/** A device name that no other test uses. */
function deviceName(prefix: string): string {
  return `${prefix}${process.pid}`;
}

function makeNetns(): string {
  const netns = deviceName('vmrs-test-');
  ip('netns', 'add', netns);
  onTestFinished(() => void spawnSync('ip', ['netns', 'delete', netns]));
  return netns;
}

describe.skipIf(!canMakeTaps)('releaseTap (needs root, iproute2 and /dev/net/tun)', () => {
  it('deletes a tap, and takes one that is gone for deleted', async () => {
    const tap = { name: deviceName('vt'), netns: null };
    ip('tuntap', 'add', 'dev', tap.name, 'mode', 'tap');
    expect(await networkDeviceKind(tap)).toBe('tun');
    await releaseTap(tap);
    expect(await networkDeviceKind(tap)).toBeNull();
    await releaseTap(tap);
  });

  it('acts in the namespace of the tap, and leaves one of the same name elsewhere alone', async () => {
    const netns = makeNetns();
    const name = deviceName('vn');
    const args = ['tuntap', 'add', 'dev', name, 'mode', 'tap'];
    ip(...args);
    onTestFinished(() => void spawnSync('ip', ['link', 'delete', 'dev', name]));
    ip('-netns', netns, ...args);
    await releaseTap({ name, netns });
    expect(await networkDeviceKind({ name, netns })).toBeNull();
    expect(await networkDeviceKind({ name, netns: null })).toBe('tun');
  });

  it('takes a tap for deleted whose namespace is gone', async () => {
    await releaseTap({ name: 'tap0', netns: 'vmrs-test-missing' });
  });

  it('never deletes a device that is no tap', async () => {
    const netns = makeNetns();
    ip('-netns', netns, 'link', 'add', 'br0', 'type', 'bridge');
    await expect(releaseTap({ name: 'br0', netns })).rejects.toThrow(/not a tap \(bridge\)/);
    await expect(releaseTap({ name: 'lo', netns })).rejects.toThrow(/not a tap \(hardware\)/);
    expect(await networkDeviceKind({ name: 'br0', netns })).toBe('bridge');
  });
});
