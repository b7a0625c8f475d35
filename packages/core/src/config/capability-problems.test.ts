import { describe, expect, it } from 'vitest';
import type { BootSpec } from './boot-spec.ts';
import { capabilityProblems, type FieldCapability } from './capability-problems.ts';

const every: Record<FieldCapability, boolean> = {
  rootDisk: true,
  dataDisk: true,
  seedIso: true,
  tap: true,
  socketNetwork: true,
  nat: true,
  portForwards: true,
  sharedDirs: true,
  readOnlyShares: true,
  netns: true,
  vsock: true,
  machineId: true,
  efiVariableStore: true,
  rosetta: true,
  driverOptions: true,
};
const none = Object.fromEntries(Object.keys(every).map((name) => [name, false])) as typeof every;

const bare: BootSpec = {
  name: 'web',
  namespace: 'default',
  kernel: '/k',
  initramfs: '/i',
  rootDisk: null,
  dataDisk: null,
  seedIso: null,
  cpus: 1,
  memoryMb: 512,
  networks: [],
  sharedDirs: [],
  serialLog: '/s',
  cmdline: 'quiet',
  netns: null,
  vsock: false,
  machineId: null,
  efiVariableStore: null,
  rosetta: false,
  driverOptions: {},
};

const full: BootSpec = {
  ...bare,
  rootDisk: '/r',
  dataDisk: '/d',
  seedIso: '/s',
  networks: [
    { type: 'tap', name: 'tap0', mac: null, create: false, bridge: null },
    { type: 'socket', fd: 3, mac: null },
    { type: 'nat', mac: null, ports: [{ hostPort: 1, guestPort: 1, protocol: 'tcp', hostAddress: '127.0.0.1' }] },
  ],
  sharedDirs: [
    { hostPath: '/a', tag: 'a', readOnly: false },
    { hostPath: '/b', tag: 'b', readOnly: true },
  ],
  netns: 'blue',
  vsock: true,
  machineId: 'x',
  efiVariableStore: '/e',
  rosetta: true,
  driverOptions: { any: null },
};

describe('capabilityProblems', () => {
  it('finds nothing where nothing is asked for, or everything can be done', () => {
    expect(capabilityProblems(bare, none)).toEqual({ capabilities: [], problems: [] });
    expect(capabilityProblems(full, every)).toEqual({ capabilities: [], problems: [] });
  });

  it('names every field and its capability, and every capability once', () => {
    const { capabilities, problems } = capabilityProblems(full, none);
    expect(capabilities.toSorted()).toEqual(Object.keys(every).toSorted());
    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      'dataDisk',
      'driverOptions',
      'efiVariableStore',
      'machineId',
      'netns',
      'networks[0]',
      'networks[1]',
      'networks[2]',
      'networks[2].ports',
      'rootDisk',
      'rosetta',
      'seedIso',
      'sharedDirs[0]',
      'sharedDirs[1]',
      'sharedDirs[1].readOnly',
      'vsock',
    ]);
    for (const { message } of problems) expect(message).toMatch(/\(capability '\w+'\)$/);
  });

  it.each(Object.keys(every) as FieldCapability[])('refuses what needs %s alone', (capability) => {
    const { capabilities } = capabilityProblems(full, { ...every, [capability]: false });
    expect(capabilities).toEqual([capability]);
  });
});
