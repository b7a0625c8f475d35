import { describe, expect, it } from 'vitest';
import type { BootPlan } from './boot-plan.ts';
import { commandLine, guestVisible } from './command-line.ts';

const PLAN: BootPlan = {
  title: 'default/web',
  arch: 'x86_64',
  machine: 'q35',
  accelerator: 'tcg',
  cpu: 'qemu64',
  cpus: 1,
  memoryMb: 512,
  memory: { kind: 'shared' },
  withoutI8042: true,
  firmware: '/usr/share/qemu/qboot.rom',
  kernel: '/k',
  initramfs: '/i',
  cmdline: 'console=ttyS0 quiet',
  uuid: null,
  serialLog: '/state/serial.log',
  monitors: ['/run/qmp.sock'],
  disks: [],
  nics: [],
  shares: [],
  vsockSocket: null,
  extras: ['pvpanic'],
  incoming: false,
};

describe('commandLine', () => {
  it('of a kernel with an initramfs', () => {
    expect(commandLine(PLAN)).toEqual([
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-name', 'guest=default/web'],
      ...['-machine', 'q35,i8042=off,memory-backend=memory', '-accel', 'tcg', '-cpu', 'qemu64', '-smp', 'cpus=1'],
      ...['-bios', '/usr/share/qemu/qboot.rom', '-action', 'reboot=reset,shutdown=poweroff,panic=shutdown'],
      ...[
        '-m',
        'size=512M',
        '-object',
        '{"qom-type":"memory-backend-memfd","share":true,"id":"memory","size":536870912}',
      ],
      ...['-kernel', '/k', '-initrd', '/i', '-append', 'console=ttyS0 quiet'],
      ...['-chardev', 'socket,id=qmp0,path=/run/qmp.sock,server=on,wait=off', '-mon', 'chardev=qmp0,mode=control'],
      ...['-chardev', 'file,id=serial0,path=/state/serial.log,append=on', '-serial', 'chardev:serial0'],
      ...['-device', '{"driver":"pvpanic","id":"extra0"}'],
    ]);
  });

  it('of disks: root, seed and data in this order, formats told, the seed read-only', () => {
    const disk = { blockDevice: false, format: 'raw' } as const;
    const args = commandLine({
      ...PLAN,
      disks: [
        { ...disk, id: 'root', path: '/r,readonly=on', format: 'qcow2', readOnly: false },
        { ...disk, id: 'seed', path: '/s', readOnly: true },
        { ...disk, id: 'data', path: '/dev/sdx', blockDevice: true, readOnly: false },
      ],
    });
    expect(jsonAfter(args, '-blockdev')).toEqual([
      { driver: 'file', 'node-name': 'root-file', filename: '/r,readonly=on', 'read-only': false, discard: 'unmap' },
      { driver: 'qcow2', 'node-name': 'root-disk', file: 'root-file', 'read-only': false, discard: 'unmap' },
      { driver: 'file', 'node-name': 'seed-file', filename: '/s', 'read-only': true, discard: 'unmap' },
      { driver: 'raw', 'node-name': 'seed-disk', file: 'seed-file', 'read-only': true, discard: 'unmap' },
      { driver: 'host_device', 'node-name': 'data-file', filename: '/dev/sdx', 'read-only': false, discard: 'unmap' },
      { driver: 'raw', 'node-name': 'data-disk', file: 'data-file', 'read-only': false, discard: 'unmap' },
    ]);
    expect(jsonAfter(args, '-device').map(({ drive }) => drive)).toEqual([
      'root-disk',
      'seed-disk',
      'data-disk',
      undefined,
    ]);
  });

  it('of networks of every kind', () => {
    const port = { hostPort: 8080, guestPort: 80, protocol: 'tcp', hostAddress: '127.0.0.1' } as const;
    const args = commandLine({
      ...PLAN,
      nics: [
        { mac: '02:00:00:00:00:01', link: { type: 'nat', ports: [port] } },
        { mac: '02:00:00:00:00:02', link: { type: 'tap', name: 'tap0', vhost: false } },
        { mac: '02:00:00:00:00:03', link: { type: 'fd', fd: 3 } },
        { mac: '02:00:00:00:00:04', link: { type: 'unix', path: '/peer', localPath: '/run/net3.sock' } },
      ],
    });
    expect(jsonAfter(args, '-netdev')).toEqual([
      { type: 'user', hostfwd: [{ str: 'tcp:127.0.0.1:8080-:80' }], id: 'net0' },
      { type: 'tap', ifname: 'tap0', script: 'no', downscript: 'no', vhost: false, id: 'net1' },
      { type: 'dgram', local: { type: 'fd', str: '3' }, id: 'net2' },
      {
        type: 'dgram',
        local: { type: 'unix', path: '/run/net3.sock' },
        remote: { type: 'unix', path: '/peer' },
        id: 'net3',
      },
    ]);
    expect(jsonAfter(args, '-device')[0]).toEqual({
      ...{ driver: 'virtio-net-pci', id: 'net0-device', netdev: 'net0', mac: '02:00:00:00:00:01', romfile: '' },
    });
  });

  it('of shares and vsock', () => {
    const args = commandLine({
      ...PLAN,
      shares: [
        { tag: 'a', hostPath: '/a', readOnly: false, via: { type: 'virtiofs', socket: '/run,x/virtiofs-0.sock' } },
        { tag: 'b', hostPath: '/b,readonly=off', readOnly: true, via: { type: '9p' } },
      ],
      vsockSocket: '/run/vsock-device.sock',
    });
    expect(args).toContain('socket,id=share0,path=/run,,x/virtiofs-0.sock');
    expect(args).toContain('local,id=share1,path=/b,,readonly=off,security_model=none,multidevs=remap,readonly=on');
    expect(args).toContain('socket,id=vsock0,path=/run/vsock-device.sock');
    expect(jsonAfter(args, '-device')).toEqual([
      { driver: 'vhost-user-fs-pci', id: 'share0-device', chardev: 'share0', tag: 'a' },
      { driver: 'virtio-9p-pci', id: 'share1-device', fsdev: 'share1', mount_tag: 'b' },
      { driver: 'vhost-user-vsock-pci', id: 'vsock', chardev: 'vsock0' },
      { driver: 'pvpanic', id: 'extra0' },
    ]);
  });

  it('of microvm: memory-mapped devices, no ACPI under TCG', () => {
    const nics = [{ mac: '02:00:00:00:00:01', link: { type: 'nat', ports: [] } }] as const;
    const args = commandLine({ ...PLAN, machine: 'microvm', withoutI8042: false, firmware: null, extras: [], nics });
    expect(args).toContain('microvm,acpi=off,memory-backend=memory');
    expect(jsonAfter(args, '-device')).toEqual([
      { driver: 'virtio-net-device', id: 'net0-device', netdev: 'net0', mac: '02:00:00:00:00:01' },
    ]);
    expect(commandLine({ ...PLAN, machine: 'microvm', accelerator: 'kvm', withoutI8042: false })).toContain(
      'microvm,memory-backend=memory',
    );
  });

  it('of the target of a restore', () => {
    const args = commandLine({ ...PLAN, memory: { kind: 'restored', path: '/s,x/memory.bin' }, incoming: true });
    expect(args.slice(-3)).toEqual(['-incoming', 'defer', '-S']);
    expect(jsonAfter(args, '-object')).toEqual([
      { 'qom-type': 'memory-backend-file', 'mem-path': '/s,x/memory.bin', share: false, id: 'memory', size: 536870912 },
    ]);
  });
});

describe('guestVisible', () => {
  it('is the same for other host paths and another kind of memory', () => {
    const other: BootPlan = {
      ...PLAN,
      ...{
        title: 'other/name',
        memory: { kind: 'private' },
        kernel: '/k2',
        serialLog: '/x',
        monitors: ['/y'],
        incoming: true,
      },
    };
    expect(guestVisible(other)).toEqual(guestVisible(PLAN));
  });

  it.each<[string, Partial<BootPlan>]>([
    ['CPUs', { cpus: 2 }],
    ['memory', { memoryMb: 513 }],
    ['the accelerator', { accelerator: 'kvm' }],
    ['the CPU model', { cpu: 'max' }],
    ['the firmware', { firmware: null }],
    ['the machine id', { uuid: '6c0d8d3e-7a51-4a0e-9d0b-3f6f7d3c2b1a' }],
    ['a device', { extras: [] }],
    ['an address', { nics: [{ mac: '02:00:00:00:00:01', link: { type: 'nat', ports: [] } }] }],
  ])('differs with %s', (_, change) => {
    expect(guestVisible({ ...PLAN, ...change })).not.toEqual(guestVisible(PLAN));
  });
});

function jsonAfter(args: readonly string[], option: string): readonly Record<string, unknown>[] {
  return args.flatMap((arg, index) =>
    arg === option ? [JSON.parse(args[index + 1] ?? '') as Record<string, unknown>] : [],
  );
}
