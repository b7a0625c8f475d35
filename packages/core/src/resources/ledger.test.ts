import { once } from 'node:events';
import { appendFileSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Resource } from '../contract/index.ts';
import { firstLine, pidOf, scratchDir, sourceUrl, startNode } from '../process/fixtures/processes.ts';
import { canMount, mountTinyDisk } from '../store/fixtures/tiny-disk.ts';
import { openLedger } from './ledger.ts';

const TOKEN = '0b9b1f4e-9d8a-4b43-8f5e-4c2f4d1a7c11';
const FILE: Resource = { kind: 'file', path: '/run/x/a.sock' };
const TAP: Resource = { kind: 'tap', name: 'tap0', netns: null };
const PROCESS: Resource = { kind: 'process', role: 'vmm', token: TOKEN, identity: null, keeper: null };
const IDENTITY = { pid: 4242, startTime: '1', bootId: 'b', pidNamespace: '1' };

function ledgerPath(): string {
  return join(scratchDir(), 'ledger.jsonl');
}

async function reopened(path: string): Promise<readonly Resource[]> {
  const ledger = await openLedger(path);
  await ledger.close();
  return ledger.entries().map(({ resource }) => resource);
}

describe('openLedger', () => {
  it('keeps what is not undone, in the order in which it was made, for the next controller', async () => {
    const path = ledgerPath();
    const ledger = await openLedger(path);
    const file = await ledger.acquire(FILE);
    await ledger.acquire(TAP);
    const process = await ledger.acquire(PROCESS);
    await ledger.update(process, { ...PROCESS, identity: IDENTITY });
    await ledger.released(file);
    expect(process.resource).toEqual({ ...PROCESS, identity: IDENTITY });
    expect(ledger.entries().map(({ resource }) => resource)).toEqual([TAP, { ...PROCESS, identity: IDENTITY }]);
    await ledger.close();
    expect(await reopened(path)).toEqual([TAP, { ...PROCESS, identity: IDENTITY }]);
  });

  it('has a resource on disk when acquire resolves, by the word of a killed controller', async () => {
    const path = ledgerPath();
    const code = `
      import { openLedger } from '${sourceUrl('resources/ledger.ts')}';
      const ledger = await openLedger('${path}');
      await ledger.acquire(${JSON.stringify(TAP)});
      console.log('written');
      setInterval(() => {}, 1000);`;
    const controller = startNode(code);
    await firstLine(controller);
    process.kill(pidOf(controller), 'SIGKILL');
    await once(controller, 'exit');
    expect(await reopened(path)).toEqual([TAP]);
  });

  it('gives new entries new ids after a reopening', async () => {
    const path = ledgerPath();
    const first = await openLedger(path);
    const a = await first.acquire(FILE);
    await first.close();
    const second = await openLedger(path);
    const b = await second.acquire(TAP);
    expect(b.id).not.toBe(a.id);
    await second.close();
    expect(await reopened(path)).toEqual([FILE, TAP]);
  });

  it('writes calls made at the same time in their order', async () => {
    const path = ledgerPath();
    const ledger = await openLedger(path);
    const resources = Array.from({ length: 50 }, (_, n): Resource => ({ kind: 'file', path: `/run/x/${n}` }));
    await Promise.all(resources.map((resource) => ledger.acquire(resource)));
    await ledger.close();
    expect(await reopened(path)).toEqual(resources);
  });

  it('does not grow from boot to boot when nothing is left to undo', async () => {
    const path = ledgerPath();
    const ledger = await openLedger(path);
    await ledger.released(await ledger.acquire(FILE));
    await ledger.close();
    expect(statSync(path).size).toBeGreaterThan(0);
    expect(await reopened(path)).toEqual([]);
    expect(statSync(path).size).toBe(0);
  });

  it('is for the owner only, and no link is followed', async () => {
    const path = ledgerPath();
    await reopened(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    symlinkSync(path, `${path}.link`);
    await expect(openLedger(`${path}.link`)).rejects.toMatchObject({ code: 'IO', cause: { code: 'ELOOP' } });
  });

  it.each([
    '{"op":"acquire","id":2,"resource":{"kind":"fi',
    '{"op":"released","id":1}',
    '\0\0\0\0',
    '{"op":"acquire","id":2,"resource":{"kind":"file","path":"/ü',
  ])('takes a last line cut off by a crash (%j) for not written, and goes on after it', async (torn) => {
    const path = ledgerPath();
    const first = await openLedger(path);
    await first.acquire(FILE);
    await first.close();
    appendFileSync(path, torn);
    const second = await openLedger(path);
    expect(second.entries().map(({ resource }) => resource)).toEqual([FILE]);
    await second.acquire(TAP);
    await second.close();
    expect(await reopened(path)).toEqual([FILE, TAP]);
  });

  it.each([
    ['no JSON', 'garbage'],
    ['half a line', '{"op":"acqu'],
    ['an unknown word', '{"op":"forget","id":1}'],
    ['an update of nothing', `{"op":"update","id":9,"resource":${JSON.stringify(TAP)}}`],
    ['the same id again', `{"op":"acquire","id":1,"resource":${JSON.stringify(TAP)}}`],
    ['a relative path', '{"op":"acquire","id":2,"resource":{"kind":"directory","path":"x"}}'],
    ['a path with ..', '{"op":"acquire","id":2,"resource":{"kind":"directory","path":"/run/x/../../etc"}}'],
    ['a tap that is an option', '{"op":"acquire","id":2,"resource":{"kind":"tap","name":"-all","netns":null}}'],
    ['an empty token', '{"op":"acquire","id":2,"resource":{"kind":"process","role":"vmm","token":"","identity":null}}'],
  ])('refuses %s before the last line, naming it, and keeps the file', async (_, line) => {
    const path = ledgerPath();
    const acquire = (id: number) => `{"op":"acquire","id":${id},"resource":${JSON.stringify(FILE)}}\n`;
    const content = `${acquire(1)}${line}\n${acquire(3)}`;
    writeFileSync(path, content);
    const failure = openLedger(path);
    await expect(failure).rejects.toMatchObject({ code: 'STORE_CORRUPT', details: { path, setAside: null } });
    await expect(failure).rejects.toThrow(/line 2/);
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it('takes released and failed twice, and after the end', async () => {
    const path = ledgerPath();
    const ledger = await openLedger(path);
    const a = await ledger.acquire(FILE);
    const b = await ledger.acquire(TAP);
    await ledger.failed(a, new Error('busy'));
    await ledger.released(a);
    await ledger.released(a);
    await ledger.failed(a, new Error('busy'));
    await ledger.close();
    await ledger.close();
    await ledger.released(b);
    await expect(ledger.acquire(FILE)).rejects.toThrow(TypeError);
    expect(await reopened(path)).toEqual([TAP]);
  });

  it.skipIf(!canMount)('on a full disk refuses, and stays readable and usable (needs root to mount one)', async () => {
    const directory = mountTinyDisk(2);
    const path = join(directory, 'ledger.jsonl');
    const ballast = join(directory, 'ballast');
    writeFileSync(ballast, 'x'.repeat(4096));
    const ledger = await openLedger(path);
    let written = 0;
    const fill = async () => {
      for (;;) {
        await ledger.acquire({ kind: 'file', path: `/run/x/${written}` });
        written += 1;
      }
    };
    await expect(fill()).rejects.toMatchObject({ code: 'IO', cause: { code: 'ENOSPC' } });
    expect(written).toBeGreaterThan(10);
    expect(ledger.entries()).toHaveLength(written);
    rmSync(ballast);
    await ledger.acquire(TAP);
    await ledger.close();
    expect(await reopened(path)).toHaveLength(written + 1);
  });
});
