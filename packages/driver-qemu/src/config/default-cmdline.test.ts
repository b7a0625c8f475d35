import { describe, expect, it } from 'vitest';
import { type CmdlineFacts, defaultCmdline } from './default-cmdline.ts';

const FACTS: CmdlineFacts = {
  arch: 'x86_64',
  machine: 'q35',
  accelerator: 'tcg',
  cpus: 1,
  root: null,
  seed: false,
  shares: [],
};

describe('defaultCmdline', () => {
  it.each<[string, Partial<CmdlineFacts>, string]>([
    ['TCG, one CPU', {}, 'console=ttyS0 panic=-1 quiet cryptomgr.notests nolapic_timer'],
    ['TCG, two CPUs', { cpus: 2 }, 'console=ttyS0 panic=-1 quiet cryptomgr.notests'],
    ['KVM', { accelerator: 'kvm' }, 'console=ttyS0 panic=-1 quiet cryptomgr.notests'],
    ['aarch64', { arch: 'aarch64', machine: 'virt' }, 'console=ttyAMA0 panic=-1 quiet cryptomgr.notests'],
    ['microvm', { machine: 'microvm' }, 'console=ttyS0 panic=-1 quiet cryptomgr.notests nolapic_timer reboot=t'],
    [
      'a partitioned root disk with a seed',
      { accelerator: 'kvm', root: { wholeDisk: false }, seed: true },
      'console=ttyS0 panic=-1 quiet cryptomgr.notests root=/dev/vda1 rw ds=nocloud',
    ],
    [
      'a root disk that is a file system',
      { accelerator: 'kvm', root: { wholeDisk: true } },
      'console=ttyS0 panic=-1 quiet cryptomgr.notests root=/dev/vda rw',
    ],
    [
      'shares',
      {
        accelerator: 'kvm',
        shares: [
          { tag: 'a', hostPath: '/a', readOnly: false, via: { type: 'virtiofs', socket: '/s' } },
          { tag: 'b', hostPath: '/b', readOnly: true, via: { type: '9p' } },
        ],
      },
      'console=ttyS0 panic=-1 quiet cryptomgr.notests vmrs.mount=a:/mnt/a:virtiofs vmrs.mount=b:/mnt/b:9p:ro',
    ],
  ])('for %s', (_, facts, cmdline) => {
    expect(defaultCmdline({ ...FACTS, ...facts })).toBe(cmdline);
  });
});
