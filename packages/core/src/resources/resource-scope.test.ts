import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Resource } from '../contract/index.ts';
import { recordingLogger, scratchDir } from '../process/fixtures/processes.ts';
import { networkDeviceKind } from './kinds/tap.ts';
import { openLedger } from './ledger.ts';
import { createResourceScope } from './resource-scope.ts';

const canMakeTaps =
  process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('test', ['-c', '/dev/net/tun']).status === 0;

async function place() {
  const top = scratchDir();
  const own = join(top, 'own');
  mkdirSync(own);
  const ledgerFile = join(top, 'ledger.jsonl');
  const ledger = await openLedger(ledgerFile);
  onTestFinished(() => ledger.close());
  const logger = recordingLogger();
  const scope = createResourceScope(ledger, { guard: { roots: [own] }, logger });
  const file: Resource = { kind: 'file', path: join(own, 'file') };
  return { own, ledger, ledgerFile, logger, scope, file };
}

describe('createResourceScope', () => {
  it('writes down what is about to be made before it is made', async () => {
    const { ledger, ledgerFile, scope, file } = await place();
    const made = await scope.acquire(file, async () => {
      expect(readFileSync(ledgerFile, 'utf8')).toContain(file.kind === 'file' ? file.path : '');
      return 'made';
    });
    expect(made).toBe('made');
    expect(ledger.entries().map(({ resource }) => resource)).toEqual([file]);
  });

  it('undoes what was half made, and passes the failure on', async () => {
    const { own, ledger, scope, file } = await place();
    const failure = new Error('half way');
    const making = scope.acquire(file, async () => {
      writeFileSync(join(own, 'file'), 'half');
      throw failure;
    });
    await expect(making).rejects.toBe(failure);
    expect(existsSync(join(own, 'file'))).toBe(false);
    expect(ledger.entries()).toEqual([]);
  });

  it('keeps in the ledger what was half made and cannot be undone, and still passes the first failure on', async () => {
    const { own, ledger, logger, scope, file } = await place();
    const failure = new Error('half way');
    const making = scope.acquire(file, async () => {
      mkdirSync(join(own, 'file'));
      throw failure;
    });
    await expect(making).rejects.toBe(failure);
    expect(ledger.entries().map(({ resource }) => resource)).toEqual([file]);
    expect(logger.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
  });

  it('releases once, and nothing that it did not make', async () => {
    const { own, ledger, scope, file } = await place();
    await scope.acquire(file, async () => writeFileSync(join(own, 'file'), ''));
    await scope.release(file);
    expect(ledger.entries()).toEqual([]);
    writeFileSync(join(own, 'file'), 'of somebody else');
    await scope.release(file);
    expect(existsSync(join(own, 'file'))).toBe(true);
  });

  it("refuses what is there already: a caller's file is never taken for ours, and never removed", async () => {
    const { own, ledger, scope, file } = await place();
    writeFileSync(join(own, 'file'), 'precious');
    let called = false;
    const making = scope.acquire(file, async () => {
      called = true;
    });
    await expect(making).rejects.toMatchObject({ code: 'IO', message: expect.stringContaining('exists already') });
    expect(called).toBe(false);
    expect(ledger.entries()).toEqual([]);
    expect(readFileSync(join(own, 'file'), 'utf8')).toBe('precious');
  });

  it.skipIf(!canMakeTaps)("refuses a caller's tap and leaves it (needs root and /dev/net/tun)", async () => {
    const { ledger, scope } = await place();
    const name = `vc${process.pid}`;
    execFileSync('ip', ['tuntap', 'add', 'dev', name, 'mode', 'tap']);
    onTestFinished(() => void spawnSync('ip', ['link', 'delete', 'dev', name]));
    const tap: Resource = { kind: 'tap', name, netns: null };
    const making = scope.acquire(tap, async () => {
      throw new Error('File exists');
    });
    await expect(making).rejects.toMatchObject({ code: 'IO', message: expect.stringContaining('exists already') });
    expect(ledger.entries()).toEqual([]);
    expect(await networkDeviceKind({ name, netns: null })).toBe('tun');
  });

  it.each([
    { kind: 'file', path: 'relative' },
    { kind: 'directory', path: '/run/x/../y' },
    { kind: 'tap', name: 'sixteen-bytes-lg', netns: null },
    { kind: 'tap', name: '', netns: null },
  ] as const)('refuses %o, which is no resource', async (resource) => {
    const { scope } = await place();
    await expect(scope.acquire(resource, async () => undefined)).rejects.toThrow(TypeError);
  });
});
