import { getuid } from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { ADDON_FAILURES } from '../src/index.ts';
import { failureOf } from './support/failure-of.ts';
import { type FakeAddon, loadFakeAddon } from './support/fake-addon.ts';
import { pretend } from './support/pretend.ts';

let fake: FakeAddon;

beforeAll(async () => {
  fake = await loadFakeAddon();
}, 300_000);

const isRoot = getuid?.() === 0;

describe('hostFacts', () => {
  it('tells of a Mac that can do all', () => {
    pretend({ osVersion: '26.1.0', sdkVersion: '26.0', nested: true, minCpus: 1, maxCpus: 12 });
    expect(fake.addon.hostFacts()).toEqual({
      osVersion: '26.1.0',
      arch: 'arm64',
      builtWithSdk: '26.0',
      supported: true,
      entitled: true,
      mayBridge: isRoot,
      minCpus: 1,
      maxCpus: 12,
      minMemoryBytes: 4 * 1024 * 1024,
      maxMemoryBytes: 16 * 1024 ** 3,
      rosetta: 'installed',
      nestedVirtualization: true,
      saveRestore: true,
      efi: true,
      vmnet: true,
    });
  });

  it('tells of an Intel Mac, which has neither Rosetta nor saved states', () => {
    pretend({ arch: 'x64' });
    expect(fake.addon.hostFacts()).toMatchObject({ arch: 'x64', rosetta: 'unsupported', saveRestore: false });
  });

  it.each([
    ['11.7.0', { efi: false, rosetta: 'unsupported', saveRestore: false, nestedVirtualization: false, vmnet: false }],
    ['12.6.0', { efi: false, rosetta: 'unsupported', saveRestore: false, nestedVirtualization: false, vmnet: false }],
    ['13.6.0', { efi: true, rosetta: 'installed', saveRestore: false, nestedVirtualization: false, vmnet: false }],
    ['14.7.0', { efi: true, rosetta: 'installed', saveRestore: true, nestedVirtualization: false, vmnet: false }],
    ['15.5.0', { efi: true, rosetta: 'installed', saveRestore: true, nestedVirtualization: true, vmnet: false }],
  ])('tells what macOS %s has', (osVersion, expected) => {
    pretend({ osVersion, nested: true });
    expect(fake.addon.hostFacts()).toMatchObject({ osVersion, ...expected });
  });

  it('tells of hardware that runs no VM, and of a process without the entitlement', () => {
    pretend({ supported: false, entitlements: [] });
    expect(fake.addon.hostFacts()).toMatchObject({ supported: false, entitled: false });
  });

  it('tells that a process with the entitlement may bridge', () => {
    pretend({ entitlements: ['com.apple.vm.networking'] });
    expect(fake.addon.hostFacts()).toMatchObject({ entitled: false, mayBridge: true });
  });
});

describe('bridgeInterfaces', () => {
  it('lists interfaces with their names', () => {
    pretend({ bridgeInterfaces: { en0: 'Ethernet', en1: 'Wi-Fi' }, entitlements: ['com.apple.vm.networking'] });
    expect(fake.addon.bridgeInterfaces()).toEqual([
      { identifier: 'en0', name: 'Ethernet' },
      { identifier: 'en1', name: 'Wi-Fi' },
    ]);
  });
});

describe('installRosetta', () => {
  it('installs it on Apple silicon', async () => {
    pretend({ rosetta: 'not-installed' });
    await expect(fake.addon.installRosetta()).resolves.toBeUndefined();
  });

  it('passes on why it failed', async () => {
    pretend({ rosetta: 'not-installed', rosettaInstallationFails: 'The user declined.' });
    expect(await failureOf(fake.addon.installRosetta())).toMatchObject({
      reason: expect.stringContaining('The user declined.'),
    });
  });

  it('is refused on an Intel Mac', async () => {
    pretend({ arch: 'x64' });
    expect(await failureOf(fake.addon.installRosetta())).toMatchObject({
      domain: 'applevz',
      nativeCode: ADDON_FAILURES.unsupported,
    });
  });
});
