import { describe, expect, it } from 'vitest';
import { featuresOf, knownHole } from './features.ts';
import { isAtLeast, parseVersion } from './version.ts';

const version = (text: string) => {
  const parsed = parseVersion(text);
  if (parsed === null) throw new TypeError(`'${text}' is no version`);
  return parsed;
};

describe('parseVersion', () => {
  it.each([
    ['cloud-hypervisor v53.0\nMigration Protocol Versions: 0\n', 53, 0, 'v53.0'],
    ['cloud-hypervisor v53.0-12-gabc1234-dirty\n', 53, 0, 'v53.0-12-gabc1234-dirty'],
    ['cloud-hypervisor v51.2', 51, 2, 'v51.2'],
    ['cloud-hypervisor 52.0.0', 52, 0, '52.0.0'],
    ['v53.0', 53, 0, 'v53.0'],
  ])('reads %j', (output, major, minor, text) => {
    expect(parseVersion(output)).toEqual({ major, minor, text });
  });

  it.each(['', 'QEMU emulator', 'cloud-hypervisor\nv53.0', 'cloud-hypervisor vX'])('does not read %j', (output) => {
    expect(parseVersion(output)).toBeNull();
  });

  it('compares', () => {
    expect(isAtLeast(version('v51.2'), 51, 2)).toBe(true);
    expect(isAtLeast(version('v51.1'), 51, 2)).toBe(false);
    expect(isAtLeast(version('v60.0'), 52)).toBe(true);
  });
});

describe('featuresOf', () => {
  it.each([
    [
      'v50.0',
      { onDemandRestore: null, uuidKey: 'uuid', seccompErrno: false, sparseSnapshots: false, maxBodyBytes: 51_200 },
    ],
    [
      'v51.2',
      { onDemandRestore: null, uuidKey: 'uuid', seccompErrno: false, sparseSnapshots: false, maxBodyBytes: 51_200 },
    ],
    [
      'v52.0',
      { onDemandRestore: 'lazy', uuidKey: 'uuid', seccompErrno: false, sparseSnapshots: true, maxBodyBytes: 51_200 },
    ],
    [
      'v53.0',
      {
        onDemandRestore: 'background',
        uuidKey: 'system_uuid',
        seccompErrno: true,
        sparseSnapshots: true,
        maxBodyBytes: 51_200,
      },
    ],
    [
      'v54.0',
      {
        onDemandRestore: 'background',
        uuidKey: 'system_uuid',
        seccompErrno: true,
        sparseSnapshots: true,
        maxBodyBytes: 4_194_304,
      },
    ],
  ])('knows %s', (text, features) => {
    expect(featuresOf(version(text))).toEqual(features);
  });

  it('warns of the versions with the known hole only', () => {
    expect(['v50.0', 'v51.1', 'v51.2', 'v52.0'].map((text) => knownHole(version(text)) !== null)).toEqual([
      ...[true, true],
      ...[false, false],
    ]);
  });
});
