import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { driverFiles, FakeApplication } from './fixtures/application.ts';
import { surveyDrivers } from './index.ts';

const NO_KVM =
  "probe: async () => ({ usable: false, problems: [{ path: 'kvm', message: 'no /dev/kvm', fix: 'join group kvm' }], facts: {} }),";

let app: FakeApplication;

beforeEach(async () => {
  app = await FakeApplication.create();
});

afterEach(async () => {
  await app.remove();
});

describe('surveyDrivers', () => {
  it('asks every driver, in order of preference, and lists what cannot serve last', async () => {
    await app.install('driver-mac', driverFiles('mac', { manifest: { platforms: ['darwin-arm64'], priority: 99 } }));
    await app.install('driver-low', driverFiles('low'));
    await app.install('driver-kvm', driverFiles('kvm', { manifest: { priority: 9 }, driver: NO_KVM }));
    const found = await surveyDrivers({ from: app.folder, platform: 'linux-x64' });
    expect(found.map(({ id, usable }) => [id, usable])).toEqual([
      ['kvm', false],
      ['low', true],
      ['mac', false],
    ]);
    expect(found[0]).toMatchObject({ package: 'driver-kvm', reason: 'no /dev/kvm', fix: 'join group kvm' });
    expect(found[0]?.report?.problems).toHaveLength(1);
    expect(found[1]).toMatchObject({ manifest: { id: 'low' }, driver: { id: 'low' }, report: { usable: true } });
    expect(found[1]).not.toHaveProperty('reason');
    expect(found[2]?.reason).toBe('it serves darwin-arm64, and this is linux-x64');
  });

  it('tells of a driver that cannot be loaded, and of a probe that fails', async () => {
    await app.install('driver-broken', driverFiles('broken', { code: 'throw new Error("no addon");' }));
    await app.install(
      'driver-wild',
      driverFiles('wild', { driver: "probe: async () => { throw new Error('oops'); }," }),
    );
    const [broken, wild] = await surveyDrivers({ from: app.folder });
    expect(broken).toMatchObject({ id: 'broken', usable: false, driver: null, report: null });
    expect(broken?.reason).toContain('no addon');
    expect(wild).toMatchObject({ id: 'wild', usable: false, report: null, reason: 'its probe failed: oops' });
  });

  it('takes drivers that are given, too, and finds nothing where there is nothing', async () => {
    await app.list('left-pad');
    expect(await surveyDrivers({ from: app.folder })).toEqual([]);
    await app.install('driver-a', driverFiles('a'));
    const { createDriver } = await import(`${app.folder}/node_modules/driver-a/index.js`);
    expect(await surveyDrivers({ drivers: [createDriver] })).toMatchObject([{ id: 'a', manifest: null, usable: true }]);
  });

  it('can be given up', async () => {
    await app.install('driver-slow', driverFiles('slow', { driver: 'probe: () => new Promise(() => {}),' }));
    const signal = AbortSignal.timeout(20);
    await expect(surveyDrivers({ from: app.folder, signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
