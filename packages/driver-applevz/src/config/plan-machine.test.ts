import type { BootSpec } from '@vmrs/core/driver';
import type { DiskId, DiskImage } from '@vmrs/driver-kit';
import { describe, expect, it } from 'vitest';
import { bootSpec } from '../../test/spec.ts';
import { type AppleVzVmOptions, resolveVmOptions } from '../vm-options.ts';
import { type MachinePlan, type PlanInputs, planMachine } from './plan-machine.ts';

const RAW: DiskImage = { format: 'raw', backing: null, wholeDisk: false, blockDevice: false };
const SOCKET = { type: 'socket', mac: null } as const;
const NAT = { type: 'nat', mac: null, ports: [] } as const;

function plan(given: Partial<BootSpec>, options: AppleVzVmOptions = {}, inputs: Partial<PlanInputs> = {}): MachinePlan {
  return planMachine(bootSpec(given), {
    options: resolveVmOptions(options),
    disks: new Map<DiskId, DiskImage>(),
    runtimeDir: '/run/v/abc',
    inProcess: false,
    variableStoreExists: true,
    kept: null,
    ...inputs,
  });
}

describe('planMachine', () => {
  it('describes the smallest VM completely, without any network', () => {
    expect(plan({})).toEqual({
      fds: [],
      macs: [],
      machine: {
        label: 'default/web-01',
        boot: {
          kind: 'linux',
          kernel: '/boot/Image',
          initramfs: null,
          cmdline: 'console=hvc0 panic=-1 quiet cryptomgr.notests',
        },
        cpus: 2,
        memoryBytes: 536_870_912,
        machineId: null,
        nestedVirtualization: false,
        disks: [],
        networks: [],
        shares: [],
        vsock: false,
        serialLog: '/state/serial.log',
      },
    });
  });

  it('attaches root, seed and data in this order, cached and flushed, the seed read-only, each with its identifier', () => {
    const { disks, boot } = plan(
      { rootDisk: '/d/root.img', dataDisk: '/d/data.img', seedIso: '/d/seed.iso' },
      {},
      { disks: new Map([['root', RAW]]) },
    ).machine;
    const common = { caching: 'cached', synchronization: 'fsync' };
    expect(disks).toEqual([
      { path: '/d/root.img', readOnly: false, identifier: 'root', ...common },
      { path: '/d/seed.iso', readOnly: true, identifier: 'seed', ...common },
      { path: '/d/data.img', readOnly: false, identifier: 'data', ...common },
    ]);
    expect(boot).toMatchObject({
      cmdline: 'console=hvc0 panic=-1 quiet cryptomgr.notests root=/dev/vda1 rw ds=nocloud',
    });
  });

  it('takes caching and synchronization from the options', () => {
    const [disk] = plan({ rootDisk: '/d' }, { caching: 'uncached', synchronization: 'full' }).machine.disks;
    expect(disk).toMatchObject({ caching: 'uncached', synchronization: 'full' });
  });

  it('boots a root disk that is one file system from the whole disk', () => {
    const whole = new Map<DiskId, DiskImage>([['root', { ...RAW, wholeDisk: true }]]);
    expect(plan({ rootDisk: '/d' }, {}, { disks: whole }).machine.boot).toMatchObject({
      cmdline: expect.stringMatching(/root=\/dev\/vda rw/),
    });
  });

  it("leaves the caller's command line alone", () => {
    expect(plan({ cmdline: 'console=hvc0 x=y' }).machine.boot).toMatchObject({ cmdline: 'console=hvc0 x=y' });
  });

  it.each([true, false])('boots through UEFI with a variable store that exists: %s', (variableStoreExists) => {
    const { boot } = plan({ kernel: null, efiVariableStore: '/v' }, {}, { variableStoreExists }).machine;
    expect(boot).toEqual({ kind: 'efi', variableStore: '/v', create: !variableStoreExists });
  });

  it('gives every network the address that it was given or one derived from the name, stable and distinct', () => {
    const networks = [NAT, { ...NAT, mac: '02:00:00:00:00:01' }, NAT];
    const { macs, machine } = plan({ networks });
    expect(macs[0]).toMatch(/^52:54:00:/);
    expect(macs[1]).toBe('02:00:00:00:00:01');
    expect(new Set(macs).size).toBe(3);
    expect(machine.networks.map(({ mac }) => mac)).toEqual(macs);
    expect(plan({ networks }).macs).toEqual(macs);
  });

  it('hands the descriptors of sockets on in their order', () => {
    const { fds, machine } = plan({ networks: [{ ...SOCKET, fd: 17 }, NAT, { ...SOCKET, fd: 12 }] }, { mtu: 9000 });
    expect(fds).toEqual([17, 12]);
    expect(machine.networks).toMatchObject([
      { kind: 'socket', fd: 3, mtu: 9000 },
      { kind: 'nat' },
      { kind: 'socket', fd: 4, mtu: 9000 },
    ]);
  });

  it('uses descriptors as they are where machines live in this process', () => {
    const { fds, machine } = plan({ networks: [{ ...SOCKET, fd: 17 }] }, {}, { inProcess: true });
    expect(fds).toEqual([]);
    expect(machine.networks).toMatchObject([{ kind: 'socket', fd: 17 }]);
  });

  it('has the host connect to sockets that are given by their paths, each from one of its own', () => {
    const { machine } = plan({ networks: [NAT, { ...SOCKET, path: '/run/switch.sock' }] });
    expect(machine.networks[1]).toMatchObject({
      kind: 'socket-path',
      path: '/run/switch.sock',
      local: '/run/v/abc/net-1.sock',
    });
  });

  it.each([
    ['nat', { kind: 'nat' }],
    ['vmnet-shared', { kind: 'vmnet', mode: 'shared' }],
    ['vmnet-host', { kind: 'vmnet', mode: 'host' }],
    [{ bridge: 'en0' }, { kind: 'bridged', interface: 'en0' }],
  ] as const)('leads NAT networks to %j', (uplink, network) => {
    expect(plan({ networks: [NAT] }, { uplink }).machine.networks).toMatchObject([network]);
  });

  it('shares directories by their tags, and Rosetta by its own, and has the guest mount the directories', () => {
    const sharedDirs = [{ hostPath: '/src', tag: 'src', readOnly: true }];
    const { shares, boot } = plan({ sharedDirs, rosetta: true }).machine;
    expect(shares).toEqual([
      { kind: 'directory', tag: 'src', path: '/src', readOnly: true },
      { kind: 'rosetta', tag: 'rosetta' },
    ]);
    expect(boot).toMatchObject({ cmdline: expect.stringContaining('vmrs.mount=src:/mnt/src:virtiofs:ro') });
  });

  it('keeps identifier and addresses at a restore', () => {
    const kept = { machineId: 'AAAA', macs: ['02:00:00:00:00:09'] };
    const { machine, macs } = plan({ networks: [NAT], machineId: null }, {}, { kept });
    expect(machine.machineId).toBe('AAAA');
    expect(macs).toEqual(kept.macs);
    expect(machine.networks).toMatchObject([{ mac: '02:00:00:00:00:09' }]);
  });

  it('passes vsock, machine id and nested virtualization on', () => {
    expect(plan({ vsock: true, machineId: 'AAAA' }, { nestedVirtualization: true }).machine).toMatchObject({
      vsock: true,
      machineId: 'AAAA',
      nestedVirtualization: true,
    });
  });
});
