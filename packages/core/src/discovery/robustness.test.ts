import { getEventListeners } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { driverFiles, FakeApplication } from './fixtures/application.ts';
import { discoverDrivers, selectDriver } from './index.ts';

let app: FakeApplication;

beforeEach(async () => {
  app = await FakeApplication.create();
  vi.stubEnv('VMRS_DRIVER', undefined);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await app.remove();
});

describe('what is broken around a driver', () => {
  it('a package.json of the application that is not JSON is named', async () => {
    const file = join(app.folder, 'package.json');
    await writeFile(file, '{ not json');
    await expect(discoverDrivers({ from: app.folder })).rejects.toMatchObject({
      code: 'IO',
      details: { path: file },
      message: expect.stringContaining(file),
      cause: expect.any(SyntaxError),
    });
  });

  it('a package.json of a dependency that is not JSON keeps no other driver from being found', async () => {
    await app.install('driver-bad', { 'package.json': '{ not json' });
    await app.install('driver-good', driverFiles('good'));
    const { drivers, rejected } = await discoverDrivers({ from: app.folder });
    expect(drivers.map(({ manifest }) => manifest.id)).toEqual(['good']);
    expect(rejected).toMatchObject([
      { package: 'driver-bad', reason: expect.stringContaining('driver-bad/package.json') },
    ]);
  });

  it('an entry that does not exist is a driver that cannot be loaded', async () => {
    await app.install('driver-a', driverFiles('a', { manifest: { entry: './missing.js' } }));
    await expect(selectDriver({ from: app.folder })).rejects.toMatchObject({
      code: 'DRIVER_LOAD',
      details: { driver: 'a', entry: expect.stringMatching(/^file:.*missing\.js$/) },
      cause: { code: 'ERR_MODULE_NOT_FOUND' },
    });
  });

  it('a probe that throws passes the turn on, and is told of when nobody else serves', async () => {
    const driver = "probe: async () => { throw new Error('boom'); },";
    await app.install('driver-odd', driverFiles('odd', { manifest: { priority: 9 }, driver }));
    const reason = 'its probe failed: boom';
    await expect(selectDriver({ from: app.folder })).rejects.toMatchObject({
      code: 'NO_DRIVER',
      details: { candidates: [{ id: 'odd', package: 'driver-odd', reason }] },
      cause: { errors: [{ message: 'boom' }] },
    });
    await app.install('driver-good', driverFiles('good'));
    expect((await selectDriver({ from: app.folder })).driver.id).toBe('good');
  });

  it('an empty VMRS_DRIVER asks for nothing', async () => {
    await app.install('driver-a', driverFiles('a'));
    vi.stubEnv('VMRS_DRIVER', '');
    expect((await selectDriver({ from: app.folder })).driver.id).toBe('a');
  });
});

describe('the layout of the application', () => {
  it('may list drivers as development and optional dependencies', async () => {
    await app.install('driver-a', driverFiles('a'));
    await app.install('driver-b', driverFiles('b'));
    const manifest = {
      name: 'app',
      devDependencies: { 'driver-a': '*' },
      optionalDependencies: { 'driver-b': '*', absent: '*' },
    };
    await writeFile(join(app.folder, 'package.json'), JSON.stringify(manifest));
    const { drivers } = await discoverDrivers({ from: app.folder });
    expect(drivers.map(({ package: name }) => name).toSorted()).toEqual(['driver-a', 'driver-b']);
  });

  it('may link a driver from a workspace', async () => {
    const workspace = await realpath(await mkdtemp(join(tmpdir(), 'vmrs-workspace-')));
    onTestFinished(() => rm(workspace, { recursive: true }));
    for (const [name, text] of Object.entries(driverFiles('w'))) await writeFile(join(workspace, name), text);
    await mkdir(join(app.folder, 'node_modules'), { recursive: true });
    await symlink(workspace, join(app.folder, 'node_modules', 'driver-w'));
    await app.list('driver-w');
    const { drivers } = await discoverDrivers({ from: app.folder });
    expect(drivers[0]?.entry).toContain(workspace);
    expect((await selectDriver({ from: app.folder })).driver.id).toBe('w');
  });
});

describe('an aborted selection', () => {
  it('asks no driver when it is aborted before', async () => {
    await app.install('driver-a', driverFiles('a', { code: 'throw new Error("run");' }));
    const reason = new Error('no longer wanted');
    const aborted = selectDriver({ from: app.folder, signal: AbortSignal.abort(reason) });
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED', cause: reason });
  });

  it('does not wait for a probe that hangs, and leaves no listener', async () => {
    await app.install('driver-a', driverFiles('a', { driver: 'probe: () => new Promise(() => {}),' }));
    const controller = new AbortController();
    const selecting = selectDriver({ from: app.folder, signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    await expect(selecting).rejects.toMatchObject({ code: 'ABORTED' });
    expect(getEventListeners(controller.signal, 'abort').length).toBe(0);
  });
});
