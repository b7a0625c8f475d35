import { describe, expect, it } from 'vitest';
import { fakeAddonEnvironment } from './settings.ts';

describe('the environment of a double', () => {
  it('is empty when nothing is said', () => {
    expect(fakeAddonEnvironment()).toEqual({});
  });

  it('says what differs from the default, and nothing more', () => {
    expect(
      fakeAddonEnvironment({
        entitlements: [],
        supported: false,
        maxCpus: 2,
        bridgeInterfaces: { en0: 'Ethernet', en1: '' },
        faults: { fails: { start: 'no memory' }, slow: { stop: 5 }, raisesIn: ['state'], stopRaces: true },
      }),
    ).toEqual({
      VMRS_APPLEVZ_FAKE_ENTITLEMENTS: '',
      VMRS_APPLEVZ_FAKE_SUPPORTED: 'no',
      VMRS_APPLEVZ_FAKE_MAX_CPUS: '2',
      VMRS_APPLEVZ_FAKE_BRIDGE_INTERFACES: 'en0=Ethernet,en1',
      VMRS_APPLEVZ_FAKE_FAULTS: 'fail-start=no memory;slow-stop=5;raise-in-state;stop-races',
    });
  });

  it('names the program and the Node.js that run real guests', () => {
    expect(fakeAddonEnvironment({ guest: 'qemu' })).toMatchObject({
      VMRS_APPLEVZ_FAKE_GUEST_PROGRAM: expect.stringMatching(/guest-program\.ts$/),
      VMRS_APPLEVZ_FAKE_NODE: process.execPath,
    });
  });

  it('refuses a text that the double could not tell from two', () => {
    expect(() => fakeAddonEnvironment({ faults: { fails: { start: 'no; none' } } })).toThrow(TypeError);
  });
});
