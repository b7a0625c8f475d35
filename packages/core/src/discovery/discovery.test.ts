import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isVmError } from '../errors/index.ts';
import { driverFiles, FakeApplication } from './fixtures/application.ts';
import { discoverDrivers, resolveDriver, selectDriver } from './index.ts';
import { parseManifest } from './manifest.ts';

let app: FakeApplication;

beforeEach(async () => {
  app = await FakeApplication.create();
  vi.stubEnv('VMRS_DRIVER', undefined);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await app.remove();
});

const from = () => app.folder;
const unusable =
  "probe: async () => ({ usable: false, problems: [{ path: 'kvm', message: 'no /dev/kvm', fix: 'join group kvm' }], facts: {} }),";

async function refusal(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isVmError(error)) throw new Error('it was not refused with a VmError', { cause: error });
  return error;
}

describe('discoverDrivers', () => {
  it('finds drivers among direct dependencies, as npm and as pnpm lay them out, without running them', async () => {
    const boom = { code: 'throw new Error("run");' };
    await app.install('driver-a', driverFiles('a', boom));
    await app.installLinked('@acme/driver-b', driverFiles('b', boom));
    await app.install('left-pad', { 'package.json': '{"name":"left-pad"}', 'index.js': '' });
    const { drivers, rejected } = await discoverDrivers({ from: from() });
    expect(drivers.map(({ manifest, package: name }) => [manifest.id, name])).toEqual([
      ['a', 'driver-a'],
      ['b', '@acme/driver-b'],
    ]);
    expect(rejected).toEqual([]);
  });

  it('starts from a file URL inside of the application too', async () => {
    await app.install('driver-a', driverFiles('a'));
    await mkdir(join(app.folder, 'src'));
    await writeFile(join(app.folder, 'src', 'main.js'), '');
    const { drivers } = await discoverDrivers({ from: pathToFileURL(join(app.folder, 'src', 'main.js')).href });
    expect(drivers.length).toBe(1);
  });

  it('looks neither at packages that are not listed nor at those that are not installed', async () => {
    const folder = await app.install('listed', { 'package.json': '{"name":"listed"}' });
    await mkdir(join(folder, 'node_modules', 'hidden'), { recursive: true });
    await app.list('not-installed');
    expect((await discoverDrivers({ from: from() })).drivers).toEqual([]);
  });

  it('reports a package with a wrong manifest and goes on', async () => {
    await app.install('driver-bad', driverFiles('bad', { manifest: { contract: '1', entry: '../x.js', id: 'Bad' } }));
    await app.install('driver-good', driverFiles('good'));
    const { drivers, rejected } = await discoverDrivers({ from: from() });
    expect(drivers.map(({ manifest }) => manifest.id)).toEqual(['good']);
    expect(rejected).toMatchObject([{ package: 'driver-bad' }]);
    for (const part of ['id must', 'contract must', 'entry must']) expect(rejected[0]?.reason).toContain(part);
  });
});

describe('parseManifest', () => {
  it('tells packages that are no drivers from drivers with a wrong manifest', () => {
    expect(parseManifest({ name: 'x' })).toBeNull();
    expect(parseManifest(null)).toBeNull();
    expect(parseManifest({ vmrs: { driver: {} } })).toHaveProperty('problems');
  });
});

describe('selectDriver', () => {
  it('takes the usable driver of the highest priority, and loads the same module as an import', async () => {
    await app.install('driver-low', driverFiles('low', { manifest: { priority: 1 } }));
    const folder = await app.install(
      'driver-high',
      driverFiles('high', {
        manifest: { priority: 9 },
        code: `${driverFiles('high')['index.js']}\nexport const token = {};`,
      }),
    );
    const { driver } = await selectDriver({ from: from() });
    expect(driver.id).toBe('high');
    const url = pathToFileURL(join(folder, 'index.js')).href;
    expect((await import(url)).token).toBe((await import(url)).token);
  });

  it('passes over drivers of other platforms and those that this host does not allow', async () => {
    await app.install(
      'driver-mac',
      driverFiles('mac', { manifest: { priority: 9, platforms: ['darwin-arm64'] }, code: 'throw new Error("run");' }),
    );
    await app.install('driver-kvm', driverFiles('kvm', { manifest: { priority: 5 }, driver: unusable }));
    await app.install('driver-any', driverFiles('any'));
    expect((await selectDriver({ from: from(), platform: 'linux-x64' })).driver.id).toBe('any');
  });

  it('lists every candidate with its reason and fix when none serves', async () => {
    await app.install('driver-mac', driverFiles('mac', { manifest: { platforms: ['darwin-arm64'] } }));
    await app.install('driver-kvm', driverFiles('kvm', { driver: unusable }));
    await app.install('driver-broken', driverFiles('broken', { code: 'throw new Error("no addon");' }));
    const error = await refusal(selectDriver({ from: from(), platform: 'linux-x64' }));
    expect(error.code).toBe('NO_DRIVER');
    expect(error.details).toMatchObject({
      candidates: expect.arrayContaining([
        expect.objectContaining({ id: 'mac', reason: 'it serves darwin-arm64, and this is linux-x64' }),
        expect.objectContaining({ id: 'kvm', reason: 'no /dev/kvm', fix: 'join group kvm' }),
        expect.objectContaining({ id: 'broken', reason: expect.stringContaining('no addon') }),
      ]),
    });
    for (const part of ['no /dev/kvm', 'join group kvm', 'no addon', 'darwin-arm64'])
      expect(error.message).toContain(part);
  });

  it('says what to install when there is no driver package at all', async () => {
    expect((await refusal(selectDriver({ from: from() }))).message).toContain('install one');
  });

  it('honours the name given, and VMRS_DRIVER when none is', async () => {
    await app.install('driver-a', driverFiles('a', { manifest: { priority: 9 } }));
    await app.install('driver-b', driverFiles('b'));
    expect((await selectDriver({ from: from(), driver: 'b' })).driver.id).toBe('b');
    vi.stubEnv('VMRS_DRIVER', 'b');
    expect((await selectDriver({ from: from() })).driver.id).toBe('b');
    expect((await selectDriver({ from: from(), driver: 'a' })).driver.id).toBe('a');
    const error = await refusal(selectDriver({ from: from(), driver: 'c' }));
    expect(error.message).toContain("'c' was asked for");
    expect(error.details).toMatchObject({ candidates: [{ id: 'a' }, { id: 'b' }] });
  });

  it('throws what the only candidate threw, with the cause', async () => {
    await app.install('driver-broken', driverFiles('broken', { code: 'throw new Error("no addon");' }));
    const error = await refusal(selectDriver({ from: from() }));
    expect(error.code).toBe('DRIVER_LOAD');
    expect(error.cause).toMatchObject({ message: 'no addon' });
  });

  it.each([
    ['a newer minor', { major: 1, minor: 7 }, '1.7'],
    ['another major', { major: 9, minor: 0 }, '9.0'],
  ])('refuses %s of the contract before running the driver, and names both numbers', async (_, contract, shown) => {
    await app.install('driver-new', driverFiles('new', { manifest: { contract }, code: 'throw new Error("run");' }));
    const error = await refusal(selectDriver({ from: from() }));
    expect(error.code).toBe('CONTRACT_MISMATCH');
    expect(error.message).toContain(shown);
    expect(error.message).toContain('1.0');
    expect(error.message).toContain('upgrade @vmrs/core');
  });

  it.each([
    ['another id than its manifest', "id: 'other',", 'id and manifest must agree'],
    [
      'another contract than its manifest',
      'contract: { major: 1, minor: -1 },',
      'differs from the one in its manifest',
    ],
    ['no boot', 'boot: undefined,', 'it lacks boot'],
    ['no capabilities', 'capabilities: undefined,', 'no capabilities'],
  ])('checks a driver that has %s', async (_, driver, message) => {
    await app.install('driver-odd', driverFiles('odd', { driver }));
    expect((await refusal(selectDriver({ from: from() }))).message).toContain(message);
  });

  it('takes drivers and lazy factories in the order given, and calls a factory only in its turn', async () => {
    await app.install('driver-a', driverFiles('a'));
    const a = await resolveDriver('a', { from: from() });
    const late = vi.fn(() => ({ ...a, id: 'late' }));
    expect((await selectDriver({ drivers: [() => ({ ...a, id: 'first' }), late] })).driver.id).toBe('first');
    expect(late).not.toHaveBeenCalled();
    expect((await selectDriver({ drivers: [a, late], driver: 'late' })).driver.id).toBe('late');
  });
});

describe('resolveDriver', () => {
  it('loads by id without a probe, whatever the platform', async () => {
    await app.install('driver-kvm', driverFiles('kvm', { manifest: { platforms: ['plan9-mips'] }, driver: unusable }));
    expect((await resolveDriver('kvm', { from: from() })).id).toBe('kvm');
    expect((await refusal(resolveDriver('zzz', { from: from() }))).code).toBe('NO_DRIVER');
  });
});
