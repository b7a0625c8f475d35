import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Resource } from '../contract/index.ts';
import { recordingLogger, scratchDir, startChild } from '../process/fixtures/processes.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { releaseAll, releaseEntry } from './release.ts';

const linuxRoot = process.platform === 'linux' && process.getuid?.() === 0;

interface Place {
  /** The VM's own folder, beneath which things may be removed. */
  readonly own: string;
  /** A folder of the caller's beside it, with a file. */
  readonly foreign: string;
  readonly foreignFile: string;
  readonly ledger: Ledger;
  readonly release: () => ReturnType<typeof releaseAll>;
}

async function place(): Promise<Place> {
  const top = scratchDir();
  const own = join(top, 'own');
  const foreign = join(top, 'foreign');
  mkdirSync(own);
  mkdirSync(foreign);
  const foreignFile = join(foreign, 'precious');
  writeFileSync(foreignFile, 'precious');
  const ledger = await openLedger(join(top, 'ledger.jsonl'));
  onTestFinished(() => ledger.close());
  const options = { guard: { roots: [own] }, logger: recordingLogger() };
  return { own, foreign, foreignFile, ledger, release: () => releaseAll(ledger, options) };
}

describe('releaseAll', () => {
  it('undoes files, sockets, links and directories', async () => {
    const { own, foreignFile, ledger, release } = await place();
    mkdirSync(join(own, 'dir', 'deep'), { recursive: true });
    writeFileSync(join(own, 'dir', 'deep', 'file'), '');
    symlinkSync(foreignFile, join(own, 'dir', 'link'));
    writeFileSync(join(own, 'file'), '');
    symlinkSync(foreignFile, join(own, 'link'));
    const server = createServer().listen(join(own, 'socket'));
    await once(server, 'listening');
    for (const name of ['file', 'link', 'socket']) await ledger.acquire({ kind: 'file', path: join(own, name) });
    await ledger.acquire({ kind: 'directory', path: join(own, 'dir') });
    expect(await release()).toEqual([]);
    expect(readdirSync(own)).toEqual([]);
    expect(readFileSync(foreignFile, 'utf8')).toBe('precious');
    expect(ledger.entries()).toEqual([]);
    server.close();
  });

  it('undoes last made first', async () => {
    const { own, ledger, release } = await place();
    const inner = join(own, 'outer', 'inner');
    mkdirSync(inner, { recursive: true });
    const order: number[] = [];
    const paths = [dirname(inner), inner, join(inner, 'file')];
    const kinds = ['directory', 'directory', 'file'] as const;
    for (const [n, path] of paths.entries()) await ledger.acquire({ kind: kinds[n] ?? 'file', path });
    const spied: Ledger = {
      acquire: (resource) => ledger.acquire(resource),
      update: (entry, resource) => ledger.update(entry, resource),
      failed: (entry, error) => ledger.failed(entry, error),
      entries: () => ledger.entries(),
      close: () => ledger.close(),
      released: async (entry) => {
        order.push(entry.id);
        await ledger.released(entry);
      },
    };
    await releaseAll(spied, { guard: { roots: [own] }, logger: recordingLogger() });
    expect(order).toEqual([3, 2, 1]);
    expect(await release()).toEqual([]);
  });

  it('goes on when the ledger cannot be written, and says so', async () => {
    const { own, ledger } = await place();
    const paths = [join(own, 'one'), join(own, 'two')];
    for (const path of paths) {
      writeFileSync(path, '');
      await ledger.acquire({ kind: 'file', path });
    }
    const full: Ledger = {
      acquire: (resource) => ledger.acquire(resource),
      update: (entry, resource) => ledger.update(entry, resource),
      failed: (entry, error) => ledger.failed(entry, error),
      entries: () => ledger.entries(),
      close: () => ledger.close(),
      released: () => Promise.reject(new Error('no space left')),
    };
    const problems = await releaseAll(full, { guard: { roots: [own] }, logger: recordingLogger() });
    expect(paths.map((path) => existsSync(path))).toEqual([false, false]);
    expect(problems.map(({ message }) => message)).toEqual(['no space left', 'no space left']);
  });

  it('undoes each once: what came into its place afterwards stays', async () => {
    const { own, ledger, release } = await place();
    const path = join(own, 'file');
    writeFileSync(path, '');
    await ledger.acquire({ kind: 'file', path });
    await release();
    writeFileSync(path, 'of a later VM');
    expect(await release()).toEqual([]);
    expect(existsSync(path)).toBe(true);
  });

  it('takes for undone what is not there, or was never made', async () => {
    const { own, ledger, release } = await place();
    const missing: Resource[] = [
      { kind: 'file', path: join(own, 'no') },
      { kind: 'directory', path: join(own, 'no') },
      { kind: 'file', path: join(own, 'no', 'folder', 'file') },
      { kind: 'mount', path: join(own, 'no') },
    ];
    for (const resource of missing) await ledger.acquire(resource);
    expect(await release()).toEqual([]);
    expect(ledger.entries()).toEqual([]);
  });

  it('goes on after a failure, reports it, and tries it again the next time', async () => {
    const { own, ledger, release } = await place();
    const blocked = join(own, 'blocked');
    for (const name of ['first', 'last']) writeFileSync(join(own, name), '');
    mkdirSync(blocked);
    await ledger.acquire({ kind: 'file', path: join(own, 'first') });
    await ledger.acquire({ kind: 'file', path: blocked });
    await ledger.acquire({ kind: 'file', path: join(own, 'last') });
    const problems = await release();
    expect(problems).toMatchObject([{ path: `file ${blocked}`, message: expect.stringContaining(blocked) }]);
    expect(readdirSync(own)).toEqual(['blocked']);
    expect(ledger.entries().map(({ resource }) => resource)).toEqual([{ kind: 'file', path: blocked }]);
    execFileSync('rmdir', [blocked]);
    expect(await release()).toEqual([]);
    expect(ledger.entries()).toEqual([]);
  });

  it.each(['file', 'directory'] as const)('never removes a %s outside of the own folders', async (kind) => {
    const { own, foreign, foreignFile, ledger, release } = await place();
    mkdirSync(join(foreign, 'folder'));
    symlinkSync(foreign, join(own, 'way-out'));
    const path = kind === 'file' ? foreignFile : foreign;
    const throughLink = join(own, 'way-out', kind === 'file' ? 'precious' : 'folder');
    const outside = [path, own, `${own}-beside`, throughLink];
    for (const target of outside) await ledger.acquire({ kind, path: target });
    const problems = await release();
    expect(problems).toHaveLength(outside.length);
    for (const { message } of problems) expect(message).toMatch(/does not lie in the VM's own folders/);
    expect(readFileSync(foreignFile, 'utf8')).toBe('precious');
    expect(readdirSync(foreign).sort()).toEqual(['folder', 'precious']);
    expect(existsSync(own)).toBe(true);
  });

  it('does not take a link or a file for the directory that was made', async () => {
    const { own, foreign, foreignFile, ledger, release } = await place();
    symlinkSync(foreign, join(own, 'dir'));
    await ledger.acquire({ kind: 'directory', path: join(own, 'dir') });
    expect(await release()).toHaveLength(1);
    expect(existsSync(foreignFile)).toBe(true);
  });

  it.skipIf(!linuxRoot)('unmounts, and then removes the directory (needs root to mount)', async () => {
    const { own, foreign, foreignFile, ledger, release } = await place();
    const mount = join(own, 'with blank', 'share');
    mkdirSync(mount, { recursive: true });
    await ledger.acquire({ kind: 'directory', path: dirname(mount) });
    await ledger.acquire({ kind: 'mount', path: mount });
    execFileSync('mount', ['--bind', foreign, mount]);
    expect(await release()).toEqual([]);
    expect(readdirSync(own)).toEqual([]);
    expect(existsSync(foreignFile)).toBe(true);
  });

  it.skipIf(!linuxRoot)(
    'never empties what is mounted, when that cannot be unmounted (needs root to mount)',
    async () => {
      const { own, foreign, foreignFile, ledger, release } = await place();
      const mount = join(own, 'dir', 'share');
      mkdirSync(mount, { recursive: true });
      await ledger.acquire({ kind: 'directory', path: dirname(mount) });
      await ledger.acquire({ kind: 'mount', path: mount });
      execFileSync('mount', ['--bind', foreign, mount]);
      onTestFinished(() => void spawnSync('umount', ['--lazy', mount]));
      // A process with its working directory there keeps it busy.
      const user = startChild('/bin/sleep', ['60'], { cwd: mount });
      await once(user, 'spawn');
      const problems = await release();
      expect(problems.map(({ path }) => path)).toEqual([`mount ${mount}`, `directory ${dirname(mount)}`]);
      expect(problems[1]?.message).toMatch(/something is mounted/);
      expect(readFileSync(foreignFile, 'utf8')).toBe('precious');
      user.kill('SIGKILL');
      await once(user, 'exit');
      expect(await release()).toEqual([]);
      expect(readFileSync(foreignFile, 'utf8')).toBe('precious');
    },
  );
});

describe('releaseEntry', () => {
  it('may be repeated', async () => {
    const { own, ledger } = await place();
    const path = join(own, 'file');
    writeFileSync(path, '');
    const entry = await ledger.acquire({ kind: 'file', path });
    const options = { guard: { roots: [own] }, logger: recordingLogger() };
    await releaseEntry(entry, options);
    await releaseEntry(entry, options);
    expect(existsSync(path)).toBe(false);
  });
});
