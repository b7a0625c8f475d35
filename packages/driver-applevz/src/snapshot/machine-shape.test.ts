import type { BootSpec } from '@vmrs/core/driver';
import { describe, expect, it } from 'vitest';
import { bootSpec } from '../../test/spec.ts';
import { resolveVmOptions } from '../vm-options.ts';
import { machineShape, shapeDifferences } from './machine-shape.ts';
import { fromManifest, type MachineShape, toManifest } from './snapshot-data.ts';

function shape(given: Partial<BootSpec> = {}): MachineShape {
  return machineShape(bootSpec(given), resolveVmOptions({}));
}

describe('shapeDifferences', () => {
  it('finds none between a VM and itself under other names and paths', () => {
    expect(
      shapeDifferences(shape({ rootDisk: '/a' }), shape({ name: 'other', rootDisk: '/b', serialLog: '/c' })),
    ).toEqual([]);
  });

  it.each([
    ['cpus', { cpus: 4 }],
    ['memoryMb', { memoryMb: 1024 }],
    ['disks', { dataDisk: '/d' }],
    ['networks', { networks: [{ type: 'nat', mac: null, ports: [] }] }],
    ['sharedDirs', { sharedDirs: [{ hostPath: '/s', tag: 's', readOnly: false }] }],
    ['rosetta', { rosetta: true }],
    ['vsock', { vsock: true }],
    ['efi', { kernel: null, efiVariableStore: '/v' }],
  ] as const)('names %s', (path, given) => {
    expect(shapeDifferences(shape(), shape(given)).map((problem) => problem.path)).toEqual([path]);
  });
});

describe('what a snapshot keeps', () => {
  it('is read as it was written', () => {
    const data = { machineId: 'AAAA', macs: ['02:00:00:00:00:01'], shape: shape({ vsock: true, rootDisk: '/r' }) };
    expect(fromManifest(JSON.parse(JSON.stringify(toManifest(data))))).toEqual(data);
  });

  it.each([{}, { machineId: 1 }, { machineId: 'AAAA', macs: [], shape: { cpus: 1 } }])('is not %j', (value) => {
    expect(fromManifest(value)).toBeNull();
  });
});
