import { describe, expect, it } from 'vitest';
import { optionsOf, resolveOptions } from './options.ts';
import { vmOptionProblems } from './vm-options.ts';

describe('resolveOptions', () => {
  it('fills in defaults', () => {
    expect(resolveOptions()).toEqual({
      mode: 'process',
      hostPath: null,
      hostNode: null,
      cacheDir: null,
      addon: null,
      startTimeoutMs: 30_000,
      vm: {},
    });
  });

  it('refuses what makes no sense, all of it at once', () => {
    const wrong = { startTimeoutMs: -1, hostpath: 'x', hostNode: 'node', mode: 'thread', vm: { mtu: 100 } } as object;
    expect(() => resolveOptions(wrong)).toThrow(TypeError);
    for (const name of ['startTimeoutMs', 'hostpath', 'hostNode', 'mode', 'vm.mtu']) {
      expect(() => resolveOptions(wrong)).toThrow(name);
    }
  });
});

describe('optionsOf', () => {
  it("takes the VM's own before the driver's before the defaults", () => {
    const driver = resolveOptions({ vm: { caching: 'uncached', mtu: 9000 } });
    expect(optionsOf({ driverOptions: { mtu: 1500 } }, driver)).toEqual({
      caching: 'uncached',
      synchronization: 'fsync',
      nestedVirtualization: false,
      mtu: 1500,
      uplink: 'nat',
    });
  });
});

describe('vmOptionProblems', () => {
  it('names every option that is unknown or wrong by its path', () => {
    const problems = vmOptionProblems({
      cashing: 'cached',
      synchronization: 'often',
      nestedVirtualization: 'yes',
      mtu: 65_536,
      uplink: { bridge: '' },
    });
    expect(problems.map(({ path }) => path).sort()).toEqual([
      'driverOptions.cashing',
      'driverOptions.mtu',
      'driverOptions.nestedVirtualization',
      'driverOptions.synchronization',
      'driverOptions.uplink.bridge',
    ]);
  });

  it.each(['nat', 'vmnet-shared', 'vmnet-host', { bridge: 'en0' }])('knows the uplink %j', (uplink) => {
    expect(vmOptionProblems({ uplink })).toEqual([]);
  });

  it('knows no other uplink', () => {
    expect(vmOptionProblems({ uplink: 'wifi' })).toMatchObject([{ path: 'driverOptions.uplink' }]);
    expect(vmOptionProblems({ uplink: { bridge: 'en0', mode: 'x' } })).not.toEqual([]);
  });
});
