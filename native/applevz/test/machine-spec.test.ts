import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MachineSpec, NativeMachine } from '../src/index.ts';
import { type FakeAddon, loadFakeAddon } from './support/fake-addon.ts';
import { pretend } from './support/pretend.ts';
import { makeScene, type Scene } from './support/scene.ts';

let fake: FakeAddon;
let scene: Scene;
let machine: NativeMachine;

beforeAll(async () => {
  fake = await loadFakeAddon();
  pretend();
  scene = await makeScene();
  machine = fake.addon.createMachine(scene.spec(), () => {});
}, 300_000);

beforeEach(() => pretend());

afterAll(async () => {
  machine.close();
  await scene[Symbol.asyncDispose]();
});

const disk = { path: '/d', readOnly: false, caching: 'cached', synchronization: 'fsync', identifier: 'a' } as const;
const socket = { kind: 'socket', mac: '02:00:00:00:00:01', fd: 3, mtu: 1500 } as const;

/** Members of a specification that are wrong, and what the message must say. */
const WRONG: readonly (readonly [over: object, message: RegExp])[] = [
  [{ label: '' }, /^spec\.label must not be empty/],
  [{ label: 7 }, /^spec\.label must be a string/],
  [{ label: 'a\0b' }, /^spec\.label must not hold a null character/],
  [{ boot: null }, /^spec\.boot must be an object/],
  [{ boot: { kind: 'bios' } }, /^spec\.boot\.kind must be one of 'linux', 'efi'/],
  [{ boot: { kind: 'linux', kernel: 'vmlinuz', initramfs: null, cmdline: '' } }, /^spec\.boot\.kernel must be an abs/],
  [{ boot: { kind: 'linux', kernel: '/k', initramfs: 'i', cmdline: '' } }, /^spec\.boot\.initramfs must be an abs/],
  [{ boot: { kind: 'linux', kernel: '/k', initramfs: null } }, /^spec\.boot\.cmdline must be a string/],
  [{ boot: { kind: 'efi', variableStore: '/s' } }, /^spec\.boot\.create must be a boolean/],
  [{ cpus: 0 }, /^spec\.cpus must be a whole number from 1 to/],
  [{ cpus: 1.5 }, /^spec\.cpus must be a whole number/],
  [{ cpus: Number.NaN }, /^spec\.cpus must be a whole number/],
  [{ cpus: '2' }, /^spec\.cpus must be a whole number/],
  [{ memoryBytes: 1024 * 1024 + 1 }, /^spec\.memoryBytes must be a multiple of 1048576/],
  [{ memoryBytes: 2 ** 60 }, /^spec\.memoryBytes must be a whole number/],
  [{ memoryBytes: -1 }, /^spec\.memoryBytes must be a whole number/],
  [{ machineId: 'text' }, /^spec\.machineId must be a Uint8Array that is not empty/],
  [{ machineId: new Uint8Array() }, /^spec\.machineId must be a Uint8Array that is not empty/],
  [{ nestedVirtualization: undefined }, /^spec\.nestedVirtualization must be a boolean/],
  [{ disks: {} }, /^spec\.disks must be an array/],
  [{ disks: [{ ...disk, path: 'd' }] }, /^spec\.disks\[0\]\.path must be an absolute path/],
  [{ disks: [disk, { ...disk, readOnly: 1 }] }, /^spec\.disks\[1\]\.readOnly must be a boolean/],
  [{ disks: [{ ...disk, caching: 'none' }] }, /^spec\.disks\[0\]\.caching must be one of 'automatic', 'unc/],
  [{ disks: [{ ...disk, synchronization: 'slow' }] }, /^spec\.disks\[0\]\.synchronization must be one of 'full'/],
  [{ disks: [{ ...disk, identifier: 'x'.repeat(21) }] }, /^spec\.disks\[0\]\.identifier must be at most 20/],
  [{ disks: [{ ...disk, identifier: 'é' }] }, /^spec\.disks\[0\]\.identifier must be at most 20 printable ASCII/],
  [{ networks: [{ kind: 'tap' }] }, /^spec\.networks\[0\]\.kind must be one of 'nat', 'socket', 'bridged', 'vmnet'/],
  [{ networks: [{ kind: 'nat', mac: '02-00-00-00-00-01' }] }, /^spec\.networks\[0\]\.mac must be a MAC address/],
  [{ networks: [{ kind: 'nat', mac: '02:00:00:00:00:0g' }] }, /^spec\.networks\[0\]\.mac must be a MAC address/],
  [{ networks: [{ ...socket, fd: -1 }] }, /^spec\.networks\[0\]\.fd must be a whole number/],
  [{ networks: [{ ...socket, mtu: 1499 }] }, /^spec\.networks\[0\]\.mtu must be a whole number from 1500 to 65535/],
  [{ networks: [{ ...socket, mtu: 65536 }] }, /^spec\.networks\[0\]\.mtu must be a whole number from 1500 to 65535/],
  [{ networks: [{ kind: 'bridged', mac: socket.mac, interface: '' }] }, /^spec\.networks\[0\]\.interface must not be/],
  [{ networks: [{ kind: 'vmnet', mac: socket.mac, mode: 'bridged' }] }, /^spec\.networks\[0\]\.mode must be one of/],
  [
    { shares: [{ kind: 'directory', tag: '', path: '/', readOnly: true }] },
    /^spec\.shares\[0\]\.tag must not be empty/,
  ],
  [{ shares: [{ kind: 'rosetta', tag: 'é'.repeat(18) }] }, /^spec\.shares\[0\]\.tag must be at most 35 bytes/],
  [{ shares: [{ kind: 'directory', tag: 'a', path: '.', readOnly: true }] }, /^spec\.shares\[0\]\.path must be an abs/],
  [{ serial: 'file' }, /^spec\.serial must be an object/],
  [{ serial: { kind: 'file', path: 'log' } }, /^spec\.serial\.path must be an absolute path/],
  [{ serial: { kind: 'fds', input: 'x', output: 1 } }, /^spec\.serial\.input must be a whole number/],
  [{ serial: { kind: 'fds', input: null } }, /^spec\.serial\.output must be a whole number/],
  [{ vsock: 'yes' }, /^spec\.vsock must be a boolean/],
];

describe('createMachine', () => {
  it.each(WRONG)('refuses %j', (over, message) => {
    const before = fake.counters().made;
    const attempt = () => fake.addon.createMachine({ ...scene.spec(), ...over } as MachineSpec, () => {});
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(message);
    expect(fake.counters().made).toBe(before);
  });

  it('refuses what is no specification, and no function', () => {
    const { createMachine } = fake.addon as unknown as { createMachine(...args: unknown[]): unknown };
    expect(() => createMachine()).toThrow(new TypeError('spec must be an object'));
    expect(() => createMachine(null, () => {})).toThrow(/^spec must be an object/);
    expect(() => createMachine(scene.spec())).toThrow(/^onEvent must be a function/);
  });

  it('lets an error of a getter through', () => {
    const spec = {
      ...scene.spec(),
      get disks(): never {
        throw new RangeError('from the getter');
      },
    };
    expect(() => fake.addon.createMachine(spec, () => {})).toThrow(new RangeError('from the getter'));
  });

  it('alone makes machines', () => {
    const { constructor: Constructor } = machine as unknown as { constructor: new () => unknown };
    expect(() => new Constructor()).toThrow(new TypeError('Machines are made by createMachine.'));
    expect(() => machine.start.call({} as NativeMachine)).toThrow(/Illegal invocation/);
  });
});

describe('a machine', () => {
  it.each([
    [() => machine.save('relative'), /^path must be an absolute path/],
    [() => machine.restore(''), /^path must be an absolute path/],
    [() => machine.setMemoryTarget(-1), /^bytes must be a whole number/],
    [() => machine.setMemoryTarget(0.5), /^bytes must be a whole number/],
    [() => machine.connectVsock(-1), /^port must be a whole number/],
    [() => machine.connectVsock(2 ** 32 - 1), /^port must be a whole number from 0 to 4294967294/],
    [() => machine.listenVsock(1, 'no function' as never), /^accept must be a function/],
    [() => machine.unlistenVsock('1' as never), /^port must be a whole number/],
  ] as const)('refuses %s', (attempt, message) => {
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(message);
  });
});

describe('an error thrown by a function that the addon calls', () => {
  it('is an uncaught exception, and not lost', async () => {
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
    const others = process.listeners('uncaughtException').slice(0, -1);
    for (const other of others) process.off('uncaughtException', other);
    const spec = scene.scripted('power-off');
    const loud = fake.addon.createMachine({ ...spec, disks: [] }, () => {
      throw new Error('from the listener');
    });
    await loud.start();
    expect(await thrown).toEqual(new Error('from the listener'));
    for (const other of others) process.on('uncaughtException', other);
    loud.close();
    await vi.waitFor(() => expect(fake.counters().alive).toBe(1));
  });
});
