import { execFile } from 'node:child_process';
import { readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StandInMac } from './fixtures/stand-in-mac.ts';
import type { PreparedHost } from './prepared-host.ts';

let mac: StandInMac;

beforeEach(async () => {
  mac = await StandInMac.make();
});

afterEach(() => mac[Symbol.asyncDispose]());

const PROGRAM = fileURLToPath(new URL('fixtures/prepare-program.ts', import.meta.url));

/** Prepares in a process of its own, which is killed after a step. */
async function elsewhere(killAfter?: string): Promise<PreparedHost> {
  const args = ['--conditions=@vmrs/source', PROGRAM, mac.root, ...(killAfter === undefined ? [] : [killAfter])];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as PreparedHost;
}

describe('prepareHost in several processes', () => {
  it('lets one win and all have the same usable host', async () => {
    const hosts = await Promise.all(Array.from({ length: 8 }, () => elsewhere()));
    expect(new Set(hosts.map(({ executable }) => executable)).size).toBe(1);
    const makers = hosts.filter(({ reused }) => !reused);
    expect(makers).toHaveLength(1);
    expect(await readdir(mac.hosts)).toEqual([hosts[0]?.key]);
    expect((await mac.prepare()).reused).toBe(true);
  });

  it('lets one win when a damaged host is in the way', async () => {
    const { key } = await mac.prepare();
    await rm(join(mac.hosts, key, 'host.json'));
    const hosts = await Promise.all(Array.from({ length: 4 }, () => elsewhere()));
    expect(new Set(hosts.map((host) => host.key))).toEqual(new Set([key]));
    expect(await readdir(mac.hosts)).toEqual([key]);
    expect((await mac.prepare()).reused).toBe(true);
  });
});

describe('prepareHost after a crash', () => {
  /** The next preparation succeeds, and what the dead one left goes when it is old enough. */
  async function expectRecovery(): Promise<void> {
    await mac.noTrouble();
    const { key } = await mac.prepare();
    const left = (await readdir(mac.hosts)).filter((name) => name !== key);
    const old = new Date(Date.now() - 2 * 60 * 60 * 1000);
    for (const name of left) await utimes(join(mac.hosts, name), old, old);
    expect((await mac.prepare()).reused).toBe(true);
    expect(await readdir(mac.hosts)).toEqual([key]);
  }

  it.each(['inspect', 'copy', 'libraries', 'quarantine', 'sign', 'check-signature', 'self-test', 'publish'])(
    'after the step %s makes a host',
    async (step) => {
      await expect(elsewhere(step)).rejects.toMatchObject({ signal: 'SIGKILL' });
      await expectRecovery();
    },
  );

  it.each([
    ['lifts the quarantine', { xattr: 'kill -9 $PPID' }],
    ['signs', { codesign: 'kill -9 $PPID' }],
    ['reads the signature', { codesign: 'test "$1" = -d && kill -9 $PPID' }],
    ['is tried', { host: 'kill -9 $(ps -o ppid= -p "$ME")' }],
  ])('while it %s makes a host', async (_, trouble) => {
    await mac.trouble(trouble);
    await expect(elsewhere()).rejects.toMatchObject({ signal: 'SIGKILL' });
    await expectRecovery();
  });
});
