import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openFile } from './open-file.ts';

vi.mock(import('node:fs/promises'), { spy: true });

let root: string;

beforeEach(async () => {
  root = await fs.mkdtemp(join(tmpdir(), 'vmrs-open-'));
});

afterEach(async () => {
  vi.mocked(fs.open).mockReset();
  await fs.rm(root, { recursive: true });
});

/** A handle like Yarn's: around a real descriptor, without `sync` and without a way to dispose of it. */
async function yarns(path: string): Promise<{ fd: number; closed: () => boolean }> {
  const real = await fs.open(path, 'w');
  let closed = false;
  const handle = {
    fd: real.fd,
    sync() {
      throw new Error('Method not implemented.');
    },
    async close() {
      closed = true;
      await real.close();
    },
  };
  vi.mocked(fs.open).mockResolvedValueOnce(handle as unknown as fs.FileHandle);
  return { fd: real.fd, closed: () => closed };
}

describe('openFile', () => {
  it("gives out Node's own handle where there is one", async () => {
    const path = join(root, 'a');
    await using file = await openFile(path, 'wx', 0o600);
    await file.writeFile('content');
    await file.sync();
    expect((await file.stat()).mode & 0o777).toBe(0o600);
    expect(Object.hasOwn(file, 'sync')).toBe(false);
  });

  it("makes up for what Yarn's handles lack", async () => {
    const path = join(root, 'b');
    const { fd, closed } = await yarns(path);
    {
      await using file = await openFile(path, 'w');
      expect(file.fd).toBe(fd);
      await file.sync();
      await file.datasync();
      expect(closed()).toBe(false);
    }
    expect(closed()).toBe(true);
  });
});
