import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ExitClues, machineExit, readLastWord } from './exit-reason.ts';

const NOTHING: ExitClues = { panicked: false, terminated: false, lastWord: null };
const code = (value: number) => ({ code: value, signal: null, known: true });

describe('machineExit', () => {
  it.each([
    ['a power-off by the guest', code(0), { lastWord: 'guest' }, 'guest'],
    ['an end in order of which nothing else is known', code(0), {}, 'guest'],
    ['a signal, which ends it with code 0 too', code(0), { lastWord: 'host' }, 'host'],
    ['what it was told by us', code(0), { terminated: true }, 'host'],
    ['a power-off while it was told to end', code(0), { terminated: true, lastWord: 'guest' }, 'host'],
    ['a failure', code(1), {}, 'host'],
    ['a failure of a device after the guest has powered off', code(1), { lastWord: 'guest' }, 'host'],
    ['SIGKILL', { code: null, signal: 'SIGKILL', known: true }, { lastWord: 'guest' }, 'host'],
    ['a panic', code(0), { panicked: true, terminated: true }, 'panic'],
    ['an end that nobody saw', { code: null, signal: null, known: false }, {}, 'unknown'],
    ['an end that only its log tells of', { code: null, signal: null, known: false }, { lastWord: 'guest' }, 'guest'],
  ] as const)('%s', (_, exit, clues, reason) => {
    expect(machineExit(exit, { ...NOTHING, ...clues }).reason).toBe(reason);
  });
});

describe('readLastWord', () => {
  let folder: string;
  let log: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vmrs-word-'));
    log = join(folder, 'vmm.log');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const line = (words: string): string => `cloud-hypervisor:   9.123s: <vmm> INFO:vmm/src/lib.rs:2096 -- ${words}\n`;

  it('tells a power-off from an end from outside, and says nothing where nothing is said', async () => {
    expect(await readLastWord(log, 0)).toBeNull();
    await writeFile(log, line('Booting VM'));
    expect(await readLastWord(log, 0)).toBeNull();
    await appendFile(log, line('VM exit event'));
    expect(await readLastWord(log, 0)).toBe('host');
    await writeFile(log, line('ACPI Shutdown signalled') + line('VM exit event'));
    expect(await readLastWord(log, 0)).toBe('guest');
  });

  it('does not count what an earlier VM has left in the log', async () => {
    const old = line('VM guest exit event');
    await writeFile(log, old + line('Booting VM'));
    expect(await readLastWord(log, old.length)).toBeNull();
    expect(await readLastWord(log, 0)).toBe('guest');
  });

  it('finds it at the end of a long log', async () => {
    await writeFile(log, 'x'.repeat(1_000_000) + line('VM guest exit event') + 'y'.repeat(10_000));
    expect(await readLastWord(log, 0)).toBe('guest');
  });
});
