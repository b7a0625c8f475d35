import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StandInMac } from './fixtures/stand-in-mac.ts';
import { HostChooser, type HostChooserOptions } from './host-chooser.ts';

let mac: StandInMac;

beforeEach(async () => {
  mac = await StandInMac.make();
});

afterEach(() => mac[Symbol.asyncDispose]());

function chooser(options: Partial<HostChooserOptions> = {}, entitled = false, env = {}): HostChooser {
  const { cacheDir = null, tools } = mac.options;
  return new HostChooser({ hostPath: null, hostNode: null, addon: null, cacheDir, ...options }, env, {
    facts: { execPath: process.execPath, entitled: () => entitled, electron: false },
    ...(tools === undefined ? {} : { tools }),
    prepare: mac.seams,
  });
}

describe('HostChooser', () => {
  it('has one copy made for all who ask at the same time', async () => {
    const hosts = chooser();
    const all = await Promise.all([hosts.executable(), hosts.executable(), hosts.executable()]);
    expect(new Set(all.map(({ path }) => path)).size).toBe(1);
    expect(all[0]).toMatchObject({ env: {}, why: `a signed copy of '${mac.node}'` });
    expect(await mac.runs()).toEqual(['xattr', 'codesign', 'codesign', 'host']);
  });

  it('goes on for the others when one gives up', async () => {
    const hosts = chooser();
    const caller = new AbortController();
    const first = hosts.executable(caller.signal);
    const second = hosts.executable();
    const reason = new Error('changed my mind');
    caller.abort(reason);
    await expect(first).rejects.toBe(reason);
    expect((await second).path).toContain('vmrs-applevz-host');
    await expect(hosts.executable(caller.signal)).rejects.toBe(reason);
  });

  it('notices that the cache was cleaned', async () => {
    const hosts = chooser();
    const { path } = await hosts.executable();
    await rm(dirname(dirname(path)), { recursive: true });
    expect(await hosts.executable()).toMatchObject({ path });
    expect((await mac.runs()).filter((name) => name === 'host')).toHaveLength(2);
  });

  it('keeps no failure', async () => {
    const hosts = chooser();
    await mac.trouble({ codesign: 'exit 1' });
    const [web, db] = await Promise.allSettled([hosts.executable(undefined, 'web'), hosts.executable(undefined, 'db')]);
    expect(web).toMatchObject({ reason: { code: 'PREFLIGHT_FAILED', vm: 'web', details: { problems: [{}] } } });
    expect(db).toMatchObject({ reason: { message: expect.stringMatching(/^this host cannot run 'db': codesign: /) } });
    await mac.noTrouble();
    expect(await hosts.executable()).toMatchObject({ env: {} });
  });

  it('uses what was named, and says when that is no program', async () => {
    expect(await chooser({ hostPath: process.execPath }).executable()).toMatchObject({ path: process.execPath });
    await expect(chooser({ hostPath: '/no/such/host' }).executable(undefined, 'web')).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      vm: 'web',
      message: expect.stringMatching(/'\/no\/such\/host' is not an executable file \(hostPath names it\)/),
    });
    await expect(chooser({}, true, { VMRS_APPLEVZ_HOST: '/tmp' }).executable()).rejects.toThrow(
      'VMRS_APPLEVZ_HOST names it',
    );
    expect(await mac.runs()).toEqual([]);
  });

  it('uses this executable when it is entitled', async () => {
    expect(await chooser({}, true).executable()).toEqual({
      path: process.execPath,
      env: {},
      why: 'this process is entitled',
    });
  });
});
