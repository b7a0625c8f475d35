import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFakeAddon, FakeAddonUnavailableError } from '@vmrs/applevz-fake';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const PROBE = join(import.meta.dirname, 'fixtures', 'probe');
let folder: string;
let built: string | FakeAddonUnavailableError;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-build-'));
  built = await buildFakeAddon({ sources: PROBE }).catch((error: unknown) => {
    if (error instanceof FakeAddonUnavailableError) return error;
    throw error;
  });
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a build', () => {
  it('is found again by who asks next, and not made anew', async (context) => {
    if (typeof built !== 'string') return context.skip(built.message);
    const before = await stat(built);
    const all = await Promise.all([1, 2, 3].map(() => buildFakeAddon({ sources: PROBE })));
    expect(all).toEqual([built, built, built]);
    expect((await stat(built)).ino).toBe(before.ino);
  });

  it('is copied to where it is wanted', async (context) => {
    if (typeof built !== 'string') return context.skip(built.message);
    const out = join(folder, 'in', 'here', 'addon.node');
    expect(await buildFakeAddon({ sources: PROBE, out })).toBe(out);
    expect((await stat(out)).size).toBe((await stat(built)).size);
  });

  it('of other sources is another one; of several at once each gets the one', async (context) => {
    if (typeof built !== 'string') return context.skip(built.message);
    const sources = join(folder, 'sources');
    await mkdir(sources);
    await writeFile(join(sources, 'nothing.cc'), `[[gnu::used]] static const char kNow[] = "${Date.now()}";\n`);
    const [one, other] = await Promise.all([buildFakeAddon({ sources }), buildFakeAddon({ sources })]);
    expect(one).toBe(other);
    expect(one).not.toBe(built);
    await rm(join(one, '..'), { recursive: true });
  });

  it('fails with the words of the compiler', async (context) => {
    if (typeof built !== 'string') return context.skip(built.message);
    const sources = join(folder, 'wrong');
    await mkdir(sources);
    await writeFile(join(sources, 'wrong.mm'), 'int number = @"text";\n');
    await expect(buildFakeAddon({ sources })).rejects.toThrow(/wrong\.mm:1:5: error: cannot initialize/);
  });

  it('is unavailable, in a word, where there is no compiler', async () => {
    vi.stubEnv('PATH', folder);
    await expect(buildFakeAddon()).rejects.toMatchObject({
      name: 'FakeAddonUnavailableError',
      reason: 'no-compiler',
    });
    vi.unstubAllEnvs();
  });
});
