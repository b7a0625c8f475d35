import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchDir } from '../../process/fixtures/processes.ts';
import { systemFileSystem } from '../../util/file-system.ts';
import { partialSnapshotName, releasePartialSnapshot } from './partial-snapshot.ts';

const NAME = partialSnapshotName('snap', randomUUID());

describe('releasePartialSnapshot', () => {
  it('removes the folder with what is in it, wherever it lies, and may be repeated', async () => {
    const path = join(scratchDir(), NAME);
    mkdirSync(path);
    writeFileSync(join(path, 'memory'), 'x');
    await releasePartialSnapshot(path, systemFileSystem);
    expect(existsSync(path)).toBe(false);
    await releasePartialSnapshot(path, systemFileSystem);
    await releasePartialSnapshot(join('/nonexistent', NAME), systemFileSystem);
  });

  it.each(['snap', '.snap', `snap.partial-${randomUUID()}`, '.snap.partial-', '..'])(
    'never removes a folder named %j',
    async (name) => {
      const directory = join(scratchDir(), 'x');
      const path = join(directory, name);
      mkdirSync(path, { recursive: true });
      await expect(releasePartialSnapshot(path, systemFileSystem)).rejects.toMatchObject({ code: 'IO' });
      expect(existsSync(path)).toBe(true);
    },
  );

  it('follows no link', async () => {
    const directory = scratchDir();
    mkdirSync(join(directory, 'theirs'));
    symlinkSync(join(directory, 'theirs'), join(directory, NAME));
    await expect(releasePartialSnapshot(join(directory, NAME), systemFileSystem)).rejects.toThrow('is no directory');
    expect(existsSync(join(directory, 'theirs'))).toBe(true);
  });
});
