import type { BootSpec } from '@vmrs/core/driver';
import type { DiskId, DiskImage } from '@vmrs/driver-kit';
import { describe, expect, it } from 'vitest';
import { featuresOf } from '../host/features.ts';
import { parseVersion } from '../host/version.ts';
import { type CloudHvVmOptions, resolveVmOptions } from '../vm-options.ts';
import { type BootPlan, type PlanInputs, planBoot } from './plan-boot.ts';

const SPEC: BootSpec = {
  name: 'web-01',
  namespace: 'default',
  kernel: '/boot/vmlinux',
  initramfs: null,
  rootDisk: null,
  dataDisk: null,
  seedIso: null,
  cpus: 2,
  memoryMb: 512,
  networks: [],
  sharedDirs: [],
  serialLog: '/state/serial.log',
  cmdline: null,
  netns: null,
  vsock: false,
  machineId: null,
  efiVariableStore: null,
  rosetta: false,
  driverOptions: {},
};
const RAW: DiskImage = { format: 'raw', backing: null, wholeDisk: false, blockDevice: false };
const TAP = { type: 'tap', name: 'tap0', mac: null, create: false, bridge: null } as const;

function plan(
  given: Partial<BootSpec>,
  options: CloudHvVmOptions = {},
  inputs: Partial<PlanInputs> & { readonly version?: string } = {},
): BootPlan {
  const version = parseVersion(inputs.version ?? 'v53.0');
  if (version === null) throw new TypeError('a version');
  return planBoot(
    { ...SPEC, ...given },
    {
      options: resolveVmOptions(options),
      features: featuresOf(version),
      disks: new Map<DiskId, DiskImage>(),
      runtimeDir: '/run/v/abc',
      arch: 'x64',
      macs: null,
      ...inputs,
    },
  );
}

describe('planBoot', () => {
  it('describes the smallest VM completely: nothing is left to defaults that touch a terminal', () => {
    expect(plan({}).config).toEqual({
      payload: { kernel: '/boot/vmlinux', cmdline: 'console=ttyS0 panic=-1 quiet cryptomgr.notests' },
      cpus: { boot_vcpus: 2, max_vcpus: 2, nested: true },
      memory: { size: 536_870_912, shared: false, mergeable: false, thp: true },
      disks: [],
      rng: { src: '/dev/urandom' },
      serial: { mode: 'Tty' },
      console: { mode: 'Off' },
      pvpanic: true,
      watchdog: false,
    });
  });

  it.each([
    ['v50.2', 'uuid'],
    ['v51.2', 'uuid'],
    ['v52.0', 'uuid'],
    ['v53.0-12-gabcdef', 'system_uuid'],
    ['v54.0', 'system_uuid'],
  ])('gives the machine id under the key of %s', (version, key) => {
    const machineId = '0f0f0f0f-1111-2222-3333-444455556666';
    expect(plan({ machineId }, {}, { version }).config.platform).toEqual({ [key]: machineId });
  });

  it('attaches root, seed and data in this order, each with its type, id and serial number', () => {
    const disks = new Map<DiskId, DiskImage>([
      ['root', { ...RAW, format: 'qcow2' }],
      ['seed', RAW],
      ['data', { ...RAW, format: 'other', formatName: 'VHDX' }],
    ]);
    const spec = { rootDisk: '/d/root.qcow2', seedIso: '/d/seed.iso', dataDisk: '/d/data.vhdx' };
    const { config } = plan(spec, {}, { disks });
    const common = { direct: false };
    expect(config.disks).toEqual([
      { id: 'root', serial: 'root', path: '/d/root.qcow2', readonly: false, image_type: 'Qcow2', ...common },
      { id: 'seed', serial: 'seed', path: '/d/seed.iso', readonly: true, image_type: 'Raw', ...common },
      { id: 'data', serial: 'data', path: '/d/data.vhdx', readonly: false, image_type: 'Vhdx', ...common },
    ]);
    expect(config.payload.cmdline).toContain('root=/dev/vda1 rw ds=nocloud');
  });

  it('boots a disk that has no partitions as a whole, and without a seed says nothing of one', () => {
    const disks = new Map<DiskId, DiskImage>([['root', { ...RAW, wholeDisk: true }]]);
    const { cmdline } = plan({ rootDisk: '/d/root.img' }, {}, { disks }).config.payload;
    expect(cmdline).toMatch(/ root=\/dev\/vda rw$/);
  });

  it('passes names on as they are, whatever is in them', () => {
    const rootDisk = '/d/a,readonly=on "$(x)"\'.img';
    const { config } = plan({ rootDisk }, {}, { disks: new Map([['root', RAW]]) });
    expect(config.disks?.[0]).toMatchObject({ path: rootDisk, readonly: false });
  });

  it('gives every network interface an address of its own, the reference address to the first', () => {
    const networks = [TAP, { ...TAP, name: 'tap1' }, { ...TAP, name: 'tap2', mac: '02:00:00:00:00:01' }];
    const macs = plan({ networks }).config.net?.map(({ mac }) => mac);
    expect(macs?.[0]).toBe('52:54:00:0b:9d:9f');
    expect(macs?.[2]).toBe('02:00:00:00:00:01');
    expect(new Set(macs).size).toBe(3);
    expect(plan({ networks }).config.net?.map(({ mac }) => mac)).toEqual(macs);
  });

  it('keeps the addresses of a snapshot, except where one is given', () => {
    const networks = [TAP, { ...TAP, mac: '02:00:00:00:00:01' }];
    const macs = ['52:54:00:aa:bb:cc', '52:54:00:dd:ee:ff'];
    const net = plan({ networks }, {}, { macs }).config.net;
    expect(net?.map(({ mac }) => mac)).toEqual(['52:54:00:aa:bb:cc', '02:00:00:00:00:01']);
  });

  it('shares the memory where a shared directory needs it', () => {
    const sharedDirs = [{ hostPath: '/srv', tag: 'srv', readOnly: true }];
    const { config } = plan({ sharedDirs });
    expect(config.memory?.shared).toBe(true);
    const socket = '/run/v/abc/virtiofs-0.sock';
    expect(config.fs).toEqual([{ id: 'share0', tag: 'srv', socket, num_queues: 1, queue_size: 512 }]);
    expect(config.payload.cmdline).toContain('vmrs.mount=srv:/mnt/srv:virtiofs:ro');
  });

  it('uses the console of the architecture', () => {
    expect(plan({}, {}, { arch: 'arm64' }).config.payload.cmdline).toMatch(/^console=ttyAMA0 /);
  });

  it('boots firmware instead of a kernel', () => {
    expect(plan({ kernel: null }, { firmware: '/fw/CLOUDHV.fd' }).config.payload).toEqual({
      firmware: '/fw/CLOUDHV.fd',
    });
  });

  it('passes on every option', () => {
    const { config } = plan(
      { vsock: true, networks: [TAP], rootDisk: '/d/root.img' },
      {
        maxCpus: 4,
        cpuTopology: { threadsPerCore: 2, coresPerDie: 2, diesPerPackage: 1, packages: 1 },
        cpuAffinity: [{ cpu: 0, hostCpus: [2, 3] }],
        nested: false,
        maxMemoryMb: 1024,
        memoryHotplug: 'virtio-mem',
        hugepages: '2M',
        sharedMemory: true,
        thp: false,
        balloon: { sizeMb: 64, freePageReporting: true },
        watchdog: true,
        directIo: true,
        landlock: true,
        diskLimits: { root: { bandwidth: { size: 1000, refillMs: 100 } } },
        networkLimit: { operations: { size: 10, burst: 20, refillMs: 1000 } },
      },
      { disks: new Map([['root', RAW]]) },
    );
    expect(config).toMatchObject({
      cpus: {
        max_vcpus: 4,
        nested: false,
        topology: { threads_per_core: 2, cores_per_die: 2, dies_per_package: 1, packages: 1 },
        affinity: [{ vcpu: 0, host_cpus: [2, 3] }],
      },
      memory: {
        hotplug_size: 536_870_912,
        hotplug_method: 'VirtioMem',
        hugepages: true,
        hugepage_size: 2_097_152,
        shared: true,
        thp: false,
      },
      balloon: { size: 67_108_864, deflate_on_oom: false, free_page_reporting: true },
      watchdog: true,
      landlock_enable: true,
      vsock: { cid: 3, socket: '/run/v/abc/vsock.sock' },
      disks: [
        { direct: true, rate_limiter_config: { bandwidth: { size: 1000, one_time_burst: 0, refill_time: 100 } } },
      ],
      net: [{ rate_limiter_config: { ops: { size: 10, one_time_burst: 20, refill_time: 1000 } } }],
    });
  });

  it('with private mounts names nothing of the host, and the same things for every VM', () => {
    const given = { rootDisk: '/d/one.img', initramfs: '/b/initrd', vsock: true };
    const inputs = { disks: new Map<DiskId, DiskImage>([['root', RAW]]) };
    const one = plan(given, { privateMounts: true }, inputs);
    const other = plan(
      { ...given, name: 'x', rootDisk: '/d/two.img' },
      { privateMounts: true },
      { ...inputs, runtimeDir: '/r/2' },
    );
    expect(one.config.payload).toMatchObject({ kernel: '/mnt/kernel', initramfs: '/mnt/initramfs' });
    expect(one.config.disks?.[0]?.path).toBe('/mnt/disk-root');
    expect(one.config.vsock?.socket).toBe('/mnt/run/vsock.sock');
    expect(JSON.stringify(one.config)).not.toMatch(/\/(d|b|run\/v)\//);
    expect(other.config.disks).toEqual(one.config.disks);
    expect(other.config.vsock).toEqual(one.config.vsock);
    expect(one.view.links).toEqual([
      { name: 'kernel', source: '/boot/vmlinux' },
      { name: 'initramfs', source: '/b/initrd' },
      { name: 'disk-root', source: '/d/one.img' },
    ]);
  });
});
