import { access, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ADDON_FAILURES, type MachineSpec, type NativeMachine } from '../src/index.ts';
import { failureOf } from './support/failure-of.ts';
import { type FakeAddon, loadFakeAddon } from './support/fake-addon.ts';
import { pretend } from './support/pretend.ts';
import { makeScene, type Scene } from './support/scene.ts';

let fake: FakeAddon;
let scene: Scene;
let made: NativeMachine[];

beforeAll(async () => {
  fake = await loadFakeAddon();
}, 300_000);

beforeEach(async () => {
  pretend();
  scene = await makeScene();
  made = [];
});

afterEach(async () => {
  for (const machine of made) machine.close();
  await vi.waitFor(() => expect(fake.counters().alive).toBe(0));
  await scene[Symbol.asyncDispose]();
});

const MAC = '02:00:00:00:00:01';
const unsupported = { domain: 'applevz', nativeCode: ADDON_FAILURES.unsupported };

function make(over: Partial<MachineSpec>): NativeMachine {
  const machine = fake.addon.createMachine(scene.spec(over), () => {});
  made.push(machine);
  return machine;
}

describe('a configuration that the framework refuses', () => {
  it.each([
    [{ cpus: 99 }, { domain: 'VZErrorDomain', nativeCode: 2 }],
    [{ machineId: new Uint8Array([1, 2, 3]) }, { domain: 'applevz', nativeCode: ADDON_FAILURES.refused }],
  ])('fails with its words: %j', async (over, expected) => {
    const failure = await failureOf(() => make(over));
    expect(failure).toMatchObject(expected);
    expect(failure.message).not.toBe('');
  });

  it('fails for a disk that is not there, or no image', async () => {
    const disk = { readOnly: false, caching: 'cached', synchronization: 'full', identifier: 'a' } as const;
    expect(await failureOf(() => make({ disks: [{ ...disk, path: join(scene.dir, 'none') }] }))).toBeInstanceOf(Error);
    const odd = join(scene.dir, 'odd');
    await writeFile(odd, Buffer.alloc(1000));
    const failure = await failureOf(() => make({ disks: [{ ...disk, path: odd }] }));
    expect(failure).toMatchObject({ domain: 'VZErrorDomain', nativeCode: 5 });
  });

  it('fails with the reason of a process without the entitlement', async () => {
    pretend({ entitlements: [] });
    expect(await failureOf(() => make({}))).toMatchObject({
      domain: 'VZErrorDomain',
      nativeCode: 2,
      reason: expect.stringContaining('com.apple.security.virtualization'),
    });
  });
});

describe('EFI boot', () => {
  it('makes a variable store once, and never over another', async () => {
    const variableStore = join(scene.dir, 'nvram');
    make({ boot: { kind: 'efi', variableStore, create: true } }).close();
    await writeFile(variableStore, `${await readFile(variableStore, 'utf8')}what a guest wrote`);
    await failureOf(() => make({ boot: { kind: 'efi', variableStore, create: true } }));
    expect(await readFile(variableStore, 'utf8')).toContain('what a guest wrote');
    const again = make({ boot: { kind: 'efi', variableStore, create: false } });
    await again.start();
    expect(await again.state()).toBe('running');
  });

  it('fails with the name of a store that is not there', async () => {
    const variableStore = join(scene.dir, 'none');
    const failure = await failureOf(() => make({ boot: { kind: 'efi', variableStore, create: false } }));
    expect(failure).toMatchObject({ domain: 'NSPOSIXErrorDomain', nativeCode: 2 });
    expect(failure.message).toContain(variableStore);
    await expect(access(variableStore)).rejects.toThrow();
  });
});

describe('a network', () => {
  it('takes a datagram socket, of which it uses a duplicate', async () => {
    const [machineEnd, peer] = fake.addon.datagramPair();
    const machine = make({ networks: [{ kind: 'socket', mac: MAC, fd: machineEnd, mtu: 1500 }] });
    await machine.start();
    const { closeSync } = await import('node:fs');
    closeSync(machineEnd);
    expect(await machine.state()).toBe('running');
    closeSync(peer);
  });

  it('turns the exception about another descriptor into a failure', async () => {
    const [read] = fake.addon.pipe();
    const failure = await failureOf(() => make({ networks: [{ kind: 'socket', mac: MAC, fd: read, mtu: 1500 }] }));
    expect(failure.domain).toMatch(/^(applevz|VZErrorDomain)$/);
  });

  it('fails for a descriptor that is not open', async () => {
    const failure = await failureOf(() => make({ networks: [{ kind: 'socket', mac: MAC, fd: 9999, mtu: 1500 }] }));
    expect(failure).toMatchObject({ domain: 'NSPOSIXErrorDomain', nativeCode: 9 });
  });

  it('bridges to an interface that is there, and to no other', async () => {
    pretend({ bridgeInterfaces: { en0: 'Ethernet' }, entitlements: ENTITLED_TO_BRIDGE });
    make({ networks: [{ kind: 'bridged', mac: MAC, interface: 'en0' }] });
    const failure = await failureOf(() => make({ networks: [{ kind: 'bridged', mac: MAC, interface: 'en7' }] }));
    expect(failure).toMatchObject({ domain: 'applevz', nativeCode: ADDON_FAILURES.refused });
    expect(failure.message).toContain('en7');
  });

  it.each(['shared', 'host'] as const)('of vmnet can be %s, from macOS 26 on', async (mode) => {
    make({ networks: [{ kind: 'vmnet', mac: MAC, mode }] });
    pretend({ osVersion: '15.5.0' });
    expect(await failureOf(() => make({ networks: [{ kind: 'vmnet', mac: MAC, mode }] }))).toMatchObject(unsupported);
    pretend({ vmnet: false });
    const refused = await failureOf(() => make({ networks: [{ kind: 'vmnet', mac: MAC, mode }] }));
    expect(refused).toMatchObject({ domain: 'applevz', nativeCode: ADDON_FAILURES.refused });
  });
});

const ENTITLED_TO_BRIDGE = ['com.apple.security.virtualization', 'com.apple.vm.networking'];

describe('a share', () => {
  it('is of a directory, or Rosetta where that is installed', async () => {
    const path = join(scene.dir, 'shared');
    await mkdir(path);
    make({
      shares: [
        { kind: 'directory', tag: 'x', path, readOnly: true },
        { kind: 'rosetta', tag: 'rosetta' },
      ],
    });
    pretend({ rosetta: 'not-installed' });
    const failure = await failureOf(() => make({ shares: [{ kind: 'rosetta', tag: 'rosetta' }] }));
    expect(failure.domain).toBe('VZErrorDomain');
  });

  it('is not Rosetta on an Intel Mac', async () => {
    pretend({ arch: 'x64' });
    expect(await failureOf(() => make({ shares: [{ kind: 'rosetta', tag: 'rosetta' }] }))).toMatchObject(unsupported);
  });
});

describe('a serial port', () => {
  it('can be on descriptors, of which the machine uses duplicates', async () => {
    const { closeSync, readSync } = await import('node:fs');
    const [read, write] = fake.addon.pipe();
    const machine = make({ serial: { kind: 'fds', input: null, output: write } });
    closeSync(write);
    await machine.start();
    const text = Buffer.alloc(256);
    expect(text.toString('utf8', 0, readSync(read, text))).toContain('Linux version');
    closeSync(read);
  });

  it('may be left out', async () => {
    const machine = make({ serial: null });
    await machine.start();
    await expect(stat(scene.serialLog)).rejects.toThrow();
  });
});

describe('nested virtualization', () => {
  it('needs macOS 15 and a processor that has it', async () => {
    pretend({ nested: true });
    make({ nestedVirtualization: true });
    pretend({ nested: false });
    expect(await failureOf(() => make({ nestedVirtualization: true }))).toMatchObject(unsupported);
    pretend({ nested: true, osVersion: '14.7.0' });
    expect(await failureOf(() => make({ nestedVirtualization: true }))).toMatchObject(unsupported);
  });
});

describe('an old macOS', () => {
  it.each(['11.7.0', '12.6.0'])('%s is told that 13 is needed', async (osVersion) => {
    pretend({ osVersion });
    const failure = await failureOf(() => make({}));
    expect(failure).toMatchObject(unsupported);
    expect(failure.message).toContain('macOS 13');
  });
});
