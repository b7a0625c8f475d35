import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pidOf, scratchDir, sourceUrl, startNode, until } from '../process/fixtures/processes.ts';
import { systemFileSystem as fileSystem } from '../util/file-system.ts';
import { removeTemporaryFiles, writeFileAtomic } from './atomic-file.ts';
import { canMount, mountTinyDisk } from './fixtures/tiny-disk.ts';

describe('writeFileAtomic', () => {
  it('makes and replaces a file, readable for the owner only unless told otherwise', async () => {
    const directory = scratchDir();
    const path = join(directory, 'file');
    await writeFileAtomic(path, 'one', { fileSystem });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await writeFileAtomic(path, 'two', { fileSystem, mode: 0o640 });
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(directory)).toEqual(['file']);
  });

  it('leaves nothing behind when it fails', async () => {
    const directory = scratchDir();
    mkdirSync(join(directory, 'taken'));
    await expect(writeFileAtomic(join(directory, 'taken'), 'x', { fileSystem })).rejects.toMatchObject({ code: 'IO' });
    expect(readdirSync(directory)).toEqual(['taken']);
  });

  it('tells why it failed also when its temporary file cannot be removed', async () => {
    const fails = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
    const failing = { ...fileSystem, rename: fails('ENOSPC'), unlink: fails('EIO') };
    const failure = writeFileAtomic(join(scratchDir(), 'file'), 'x', { fileSystem: failing });
    await expect(failure).rejects.toMatchObject({ code: 'IO', cause: { code: 'ENOSPC' } });
  });

  it('names the path when the folder is missing', async () => {
    const path = join(scratchDir(), 'missing', 'file');
    await expect(writeFileAtomic(path, 'x', { fileSystem })).rejects.toMatchObject({
      code: 'IO',
      details: { path },
      cause: { code: 'ENOENT' },
    });
  });

  it.skipIf(!canMount)('keeps the old file on a full disk and says what to do (needs root to mount one)', async () => {
    const directory = mountTinyDisk(2);
    const path = join(directory, 'file');
    await writeFileAtomic(path, 'old', { fileSystem });
    const failure = writeFileAtomic(path, 'x'.repeat(64 * 1024), { fileSystem });
    await expect(failure).rejects.toMatchObject({ code: 'IO', details: { path }, cause: { code: 'ENOSPC' } });
    await expect(failure).rejects.toThrow(/free some space/);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(directory)).toEqual(['file']);
  });

  it.skipIf(!canMount)('says what to do on a read-only disk (needs root to mount one)', async () => {
    const directory = mountTinyDisk(2);
    execFileSync('mount', ['-o', 'remount,ro', directory]);
    await expect(writeFileAtomic(join(directory, 'file'), 'x', { fileSystem })).rejects.toThrow(/VMRS_HOME/);
  });

  it('shows a reader whole content at any instant, and is survived whole by a killed writer', async () => {
    const directory = scratchDir();
    const path = join(directory, 'file');
    const code = `
      import { writeFileAtomic } from '${sourceUrl('store/atomic-file.ts')}';
      import { systemFileSystem as fileSystem } from '${sourceUrl('util/file-system.ts')}';
      for (let n = 0; ; n = (n + 1) % 10) {
        await writeFileAtomic('${path}', String(n).repeat(100_000), { fileSystem });
      };`;
    const writer = startNode(code);
    await until(() => readdirSync(directory).includes('file'));
    const seen = new Set<string>();
    const whole = () => {
      const text = readFileSync(path, 'utf8');
      seen.add(text.slice(0, 1));
      return text === text.slice(0, 1).repeat(100_000);
    };
    await until(() => {
      expect(whole()).toBe(true);
      return seen.size > 3;
    });
    process.kill(pidOf(writer), 'SIGKILL');
    await until(() => writer.signalCode !== null);
    expect(whole()).toBe(true);
    await removeTemporaryFiles(directory, fileSystem);
    expect(readdirSync(directory)).toEqual(['file']);
  });
});

describe('removeTemporaryFiles', () => {
  it('removes what a dead writer left, and nothing that only looks alike', async () => {
    const directory = scratchDir();
    const others = ['.record.json.tmp', 'record.json.0123456789ab.tmp', 'record.json'];
    for (const name of ['.record.json.0123456789ab.tmp', ...others]) writeFileSync(join(directory, name), '');
    await removeTemporaryFiles(directory, fileSystem);
    expect(readdirSync(directory).sort()).toEqual(others.sort());
    await removeTemporaryFiles(join(directory, 'missing'), fileSystem);
  });
});
