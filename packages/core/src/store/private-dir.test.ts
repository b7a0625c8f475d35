import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchDir } from '../process/fixtures/processes.ts';
import { systemFileSystem } from '../util/file-system.ts';
import { ensurePrivateDir } from './private-dir.ts';

const root = process.getuid?.() === 0;

describe('ensurePrivateDir', () => {
  it('makes it and what is above it for the owner only', async () => {
    const top = scratchDir();
    await ensurePrivateDir(join(top, 'a', 'b'), systemFileSystem);
    for (const path of ['a', 'a/b']) expect(statSync(join(top, path)).mode & 0o777).toBe(0o700);
  });

  it('takes one that is there', async () => {
    const path = join(scratchDir(), 'a');
    await ensurePrivateDir(path, systemFileSystem);
    await ensurePrivateDir(path, systemFileSystem);
    chmodSync(path, 0o755);
    await ensurePrivateDir(path, systemFileSystem);
  });

  it.each([0o770, 0o702, 0o1777])('refuses one that others may write to (%o)', async (mode) => {
    const path = join(scratchDir(), 'a');
    mkdirSync(path);
    chmodSync(path, mode);
    await expect(ensurePrivateDir(path, systemFileSystem)).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('others may write'),
    });
  });

  it('refuses a link, also to a directory that would do', async () => {
    const top = scratchDir();
    mkdirSync(join(top, 'real'), { mode: 0o700 });
    symlinkSync(join(top, 'real'), join(top, 'link'));
    await expect(ensurePrivateDir(join(top, 'link'), systemFileSystem)).rejects.toThrow(/symbolic link/);
  });

  it('refuses a file', async () => {
    const path = join(scratchDir(), 'a');
    writeFileSync(path, '');
    await expect(ensurePrivateDir(path, systemFileSystem)).rejects.toMatchObject({ code: 'IO', details: { path } });
  });

  it.skipIf(!root)('refuses one of another user (needs root to make one)', async () => {
    const path = join(scratchDir(), 'a');
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, 65534, 65534);
    await expect(ensurePrivateDir(path, systemFileSystem)).rejects.toThrow(/belongs to user 65534/);
  });

  it.skipIf(process.platform !== 'linux')('answers where nothing can be made (needs /proc)', async () => {
    await expect(ensurePrivateDir('/proc/x/y/z', systemFileSystem)).rejects.toMatchObject({ code: 'IO' });
  });
});
