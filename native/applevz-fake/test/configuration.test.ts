import { createSocket } from 'node:dgram';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskSpec, MachineSpec, NativeFailure, NetworkSpec } from '@vmrs/applevz-addon';
import { describe, expect, it } from 'vitest';
import { useDouble } from './fixtures/use-double.ts';

const MIB = 1024 * 1024;
const double = useDouble();

/** Why the framework refuses a machine. */
function refusal(over: Partial<MachineSpec>): NativeFailure {
  try {
    double.make(double.spec(over));
  } catch (error) {
    return error as NativeFailure;
  }
  throw new Error('the configuration was taken');
}

const disk = (path: string, over: Partial<DiskSpec> = {}): DiskSpec => ({
  path,
  readOnly: false,
  caching: 'cached',
  synchronization: 'fsync',
  identifier: 'root',
  ...over,
});

/** Facts: apple-vz.md §2.1 and §2.2. */
describe('a configuration', () => {
  it('is refused without the entitlement, in the words of macOS', () => {
    double.behave({ entitlements: [] });
    expect(refusal({})).toMatchObject({
      domain: 'VZErrorDomain',
      nativeCode: 2,
      reason: 'The process doesn’t have the “com.apple.security.virtualization” entitlement.',
    });
  });

  it('is refused where the hardware cannot run VMs', () => {
    double.behave({ supported: false });
    expect(refusal({})).toMatchObject({
      domain: 'VZErrorDomain',
      nativeCode: 2,
      reason: 'Virtualization is not available on this hardware.',
    });
  });

  it('is refused with more CPUs, less memory and more memory than there may be, and without its kernel', () => {
    const nowhere = { kind: 'linux', kernel: '/nope', initramfs: null, cmdline: '' } as const;
    for (const over of [{ cpus: 9 }, { memoryBytes: MIB }, { memoryBytes: 17 * 1024 * MIB }, { boot: nowhere }]) {
      expect(refusal(over)).toMatchObject({ domain: 'VZErrorDomain', nativeCode: 2 });
    }
  });

  it('is refused with an initramfs that is not there', () => {
    const boot = { kind: 'linux', kernel: double.kernel, initramfs: '/nope', cmdline: '' } as const;
    expect(refusal({ boot })).toMatchObject({ domain: 'VZErrorDomain', nativeCode: 2 });
  });

  it('is held against the limits that the Mac has', () => {
    double.behave({ maxCpus: 2, minMemoryBytes: 128 * MIB });
    expect(double.addon.hostFacts()).toMatchObject({ maxCpus: 2, minMemoryBytes: 128 * MIB });
    expect(refusal({ cpus: 3 })).toMatchObject({ nativeCode: 2 });
    expect(refusal({ memoryBytes: 64 * MIB })).toMatchObject({ nativeCode: 2 });
  });

  it('is refused with the same tag twice', () => {
    const share = { kind: 'directory', tag: 'a', path: double.folder, readOnly: false } as const;
    expect(refusal({ shares: [share, share] })).toMatchObject({ domain: 'VZErrorDomain', nativeCode: 2 });
  });

  it('is refused with a shared directory that is a file, or is not there', () => {
    for (const path of [double.kernel, '/nope']) {
      const share = { kind: 'directory', tag: 'a', path, readOnly: false } as const;
      expect(refusal({ shares: [share] })).toMatchObject({ domain: 'VZErrorDomain', nativeCode: 2 });
    }
  });

  it('is refused with a machine identifier of other bytes than the framework made', () => {
    expect(() => double.make(double.spec({ machineId: Buffer.from('nonsense') }))).toThrow(/identifier/);
  });

  it('is refused with nested virtualization where the processor has none', () => {
    expect(() => double.make(double.spec({ nestedVirtualization: true }))).toThrow();
    double.behave({ nested: true });
    double.make(double.spec({ nestedVirtualization: true }));
  });
});

describe('a disk', () => {
  it('is refused when its size is no multiple of 512, or 0', async () => {
    for (const bytes of [1000, 0]) {
      const failure = refusal({ disks: [disk(await double.file(bytes))] });
      expect(failure).toMatchObject({ domain: 'VZErrorDomain', nativeCode: 5 });
    }
  });

  it('is "not supported" when it is not there (tinylabscom/mvm#1216)', () => {
    expect(refusal({ disks: [disk('/nope')] })).toMatchObject({ domain: 'NSPOSIXErrorDomain', nativeCode: 45 });
  });

  it('is one running machine’s alone, but where all only read it (openai/tart#323)', async () => {
    const path = await double.file(512);
    const first = double.make(double.spec({ disks: [disk(path)] })).machine;
    const second = double.make(double.spec({ disks: [disk(path)] })).machine;
    await first.start();
    await expect(second.start()).rejects.toMatchObject({
      domain: 'VZErrorDomain',
      nativeCode: 2,
      reason: 'The storage device attachment is invalid.',
    });
    await first.stop();
    await second.start();
    await second.stop();
    const readers = [1, 2].map(() => double.make(double.spec({ disks: [disk(path, { readOnly: true })] })).machine);
    for (const reader of readers) await reader.start();
  });
});

describe('a network', () => {
  const mac = '02:00:00:aa:bb:cc';
  const socket = (fd: number): NetworkSpec => ({ kind: 'socket', mac, fd, mtu: 1500 });

  it.each(['', '02:00:00:aa:bb', '02:00:00:aa:bb:c', '02:00:00:aa:bb:cg', '02-00-00-aa-bb-cc', '2:0:0:a:b:c'])(
    'is refused with the address "%s"',
    (bad) => {
      expect(() => double.make(double.spec({ networks: [{ kind: 'nat', mac: bad }] }))).toThrow(/MAC/);
    },
  );

  it('is refused with a multicast address, and with the address of another', () => {
    expect(refusal({ networks: [{ kind: 'nat', mac: '01:00:5e:00:00:01' }] })).toMatchObject({ nativeCode: 2 });
    const one: NetworkSpec = { kind: 'nat', mac };
    expect(refusal({ networks: [one, one] })).toMatchObject({ nativeCode: 2 });
  });

  it('raises when its descriptor is no socket, which the addon turns into an error', () => {
    const before = double.addon.double.counters().exceptions;
    const [read] = double.addon.pipe();
    expect(refusal({ networks: [socket(read)] }).message).toMatch(/not a socket/);
    expect(double.addon.double.counters().exceptions).toBe(before + 1);
  });

  it('can be bridged by who may, to an interface that is there', () => {
    double.behave({ entitlements: ['com.apple.security.virtualization', 'com.apple.vm.networking'] });
    expect(double.addon.bridgeInterfaces()).toEqual([{ identifier: 'en0', name: 'Ethernet' }]);
    double.make(double.spec({ networks: [{ kind: 'bridged', mac, interface: 'en0' }] }));
    expect(() => double.make(double.spec({ networks: [{ kind: 'bridged', mac, interface: 'en9' }] }))).toThrow(/en9/);
  });

  it('of vmnet is there from macOS 26 on, unless it cannot be made', () => {
    const networks: NetworkSpec[] = [{ kind: 'vmnet', mac, mode: 'shared' }];
    double.make(double.spec({ networks }));
    double.behave({ vmnet: false });
    expect(() => double.make(double.spec({ networks }))).toThrow(/vmnet/);
    double.behave({ osVersion: '15.4.0' });
    expect(() => double.make(double.spec({ networks }))).toThrow(/26/);
  });
});

describe('an EFI variable store', () => {
  it('is made where there is none, and never over one', async () => {
    const variableStore = join(double.folder, 'efi');
    const boot = { kind: 'efi', variableStore, create: true } as const;
    double.make(double.spec({ boot }));
    await writeFile(variableStore, 'what a guest has stored');
    expect(() => double.make(double.spec({ boot }))).toThrow();
    expect(await readFile(variableStore, 'utf8')).toBe('what a guest has stored');
    double.make(double.spec({ boot: { ...boot, create: false } }));
  });
});

describe('Rosetta', () => {
  const shares = [{ kind: 'rosetta', tag: 'rosetta' }] as const;

  it('is shared where it is installed', () => {
    double.make(double.spec({ shares }));
    double.behave({ rosetta: 'not-installed' });
    expect(() => double.make(double.spec({ shares }))).toThrow(/Rosetta/);
    double.behave({ arch: 'x64' });
    expect(double.addon.hostFacts().rosetta).toBe('unsupported');
  });

  it('is installed when it is asked for, unless somebody says no', async () => {
    double.behave({ rosetta: 'not-installed' });
    await double.addon.installRosetta();
    double.behave({ rosetta: 'not-installed', rosettaInstallationFails: 'Cancelled by the user.' });
    await expect(double.addon.installRosetta()).rejects.toMatchObject({
      nativeCode: 9,
      reason: 'Cancelled by the user.',
    });
  });
});

describe('a serial port', () => {
  it('is refused when its file cannot be opened', async () => {
    await mkdir(join(double.folder, 'a-folder'), { recursive: true });
    for (const path of ['/nope/serial.log', join(double.folder, 'a-folder')]) {
      expect(() => double.make(double.spec({ serial: { kind: 'file', path } }))).toThrow();
    }
  });
});

describe('a socket of the internet', () => {
  it('is refused for a network as long as it is not connected', async () => {
    const unbound = createSocket('udp4');
    await new Promise<void>((resolve) => unbound.bind(0, '127.0.0.1', resolve));
    const handle = (unbound as unknown as { readonly [key: symbol]: { readonly handle: { readonly fd: number } } })[
      Object.getOwnPropertySymbols(unbound).find((one) => String(one).includes('state symbol')) as symbol
    ];
    const networks: NetworkSpec[] = [
      { kind: 'socket', mac: '02:00:00:aa:bb:cc', fd: handle?.handle.fd ?? -1, mtu: 1500 },
    ];
    expect(refusal({ networks })).toMatchObject({ domain: 'VZErrorDomain', nativeCode: 2 });
    unbound.close();
  });
});
