import { describe, expect, it } from 'vitest';
import { featuresOf } from '../host/features.ts';
import { restoreMode, whyNotOnDemand } from './restore-mode.ts';
import { deviceDifferences, rewriteConfig } from './rewrite-config.ts';

const SAVED = {
  payload: { kernel: '/old/kernel', cmdline: 'x', newer_key: 1 },
  disks: [
    { id: 'root', path: '/old/root.img', image_type: 'Raw', newer_key: true },
    { id: 'extra', path: '/added/later.img' },
  ],
  net: [{ id: 'net0', tap: 'old0', mac: '52:54:00:00:00:01' }],
  vsock: { cid: 3, socket: '/old/vsock.sock' },
  memory: { size: 1 },
  some_future_section: { a: [1, 2] },
};
const OWN = {
  payload: { kernel: '/new/kernel' },
  disks: [{ id: 'root', path: '/new/root.img' }],
  net: [{ id: 'net0', tap: 'new0', mac: '52:54:00:00:00:02' }],
  vsock: { cid: 3, socket: '/new/vsock.sock' },
};

describe('rewriteConfig', () => {
  it('changes files, taps and sockets by the ids of their devices, and keeps everything else', () => {
    expect(rewriteConfig(SAVED, OWN)).toEqual({
      payload: { kernel: '/new/kernel', cmdline: 'x', newer_key: 1 },
      disks: [
        { id: 'root', path: '/new/root.img', image_type: 'Raw', newer_key: true },
        { id: 'extra', path: '/added/later.img' },
      ],
      net: [{ id: 'net0', tap: 'new0', mac: '52:54:00:00:00:01' }],
      vsock: { cid: 3, socket: '/new/vsock.sock' },
      memory: { size: 1 },
      some_future_section: { a: [1, 2] },
    });
  });

  it('adds no section that was not saved', () => {
    expect(rewriteConfig({ memory: { size: 1 } }, OWN)).toEqual({ memory: { size: 1 } });
  });
});

describe('deviceDifferences', () => {
  it('finds none between a VM and itself, whatever was added while it ran', () => {
    expect(deviceDifferences(SAVED, OWN)).toEqual([]);
  });

  it('names each device that one has and the other has not', () => {
    const { vsock: _, ...without } = OWN;
    const own = { ...without, disks: [], net: [...OWN.net, { id: 'net1', tap: 'new1' }] };
    expect(deviceDifferences(SAVED, own)).toEqual([
      "the saved VM has disk 'root'",
      "the saved VM has no network interface 'net1'",
      'the saved VM has a vsock device',
    ]);
  });
});

describe('restoreMode', () => {
  const [v51, v52, v53] = [51, 52, 53].map((major) => featuresOf({ major, minor: 0, text: '' }));
  const may = { mayPageOnDemand: true, sharedMemory: false };

  it.each([
    ['auto', v51, may, null],
    ['auto', v52, may, 'OnDemand'],
    ['auto', v52, { ...may, sharedMemory: true }, 'Copy'],
    ['auto', v52, { ...may, mayPageOnDemand: false }, 'Copy'],
    ['auto', v53, may, 'Copy'],
    ['on-demand', v53, may, 'OnDemand'],
    ['copy', v52, may, 'Copy'],
  ] as const)('%s', (wanted, features, allowed, mode) => {
    if (features === undefined) throw new TypeError('three versions');
    expect(restoreMode(wanted, features, allowed)).toBe(mode);
  });

  it('refuses on-demand where it is not to be had or not safe, and only where it was asked for', () => {
    if (v51 === undefined || v52 === undefined || v53 === undefined) throw new TypeError('three versions');
    expect(whyNotOnDemand('on-demand', v51, may)).toMatch(/v52 or later/);
    expect(whyNotOnDemand('on-demand', v52, { ...may, sharedMemory: true })).toMatch(/loses pages/);
    expect(whyNotOnDemand('on-demand', v53, { ...may, sharedMemory: true })).toBeNull();
    expect(whyNotOnDemand('on-demand', v53, { ...may, mayPageOnDemand: false })).toMatch(/userfaultfd/);
    expect(whyNotOnDemand('auto', v51, may)).toBeNull();
  });
});
