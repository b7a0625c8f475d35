import { describe, expect, it } from 'vitest';
import { mountedAtOrBelow, mountPoints, parseMountInfo, parseMountOutput } from './mount-table.ts';

describe('parseMountInfo', () => {
  it('reads mount points, escapes included', () => {
    const text = [
      '22 1 254:0 / / rw,relatime - ext4 /dev/root rw',
      '23 22 0:21 / /proc rw,nosuid - proc proc rw',
      '99 22 0:44 /sub /run/with\\040blank\\134\\303\\274 rw master:1 - tmpfs none rw',
      '',
    ].join('\n');
    expect(parseMountInfo(text)).toEqual(['/', '/proc', '/run/with blank\\ü']);
  });

  it.skipIf(process.platform !== 'linux')('finds /proc on this host', async () => {
    expect(await mountPoints()).toContain('/proc');
  });
});

describe('parseMountOutput', () => {
  it("reads macOS's mount", () => {
    const text = [
      '/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)',
      'map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)',
      '//u@host/share on /Volumes/My on share (smbfs, nodev, nosuid, mounted by u)',
    ];
    expect(parseMountOutput(text.join('\n'))).toEqual(['/', '/System/Volumes/Data/home', '/Volumes/My on share']);
  });
});

describe('mountedAtOrBelow', () => {
  it('compares whole names', () => {
    expect(mountedAtOrBelow('/run/a', ['/', '/run', '/run/ab'])).toBeUndefined();
    expect(mountedAtOrBelow('/run/a', ['/run/a'])).toBe('/run/a');
    expect(mountedAtOrBelow('/run/a', ['/run/a/b/c'])).toBe('/run/a/b/c');
  });
});
