import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsolePump } from './console-pump.ts';

let folder: string;
let log: string;
let events: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-pump-'));
  log = join(folder, 'serial.log');
  events = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Both ends of a pipe. */
function pipe(): { readonly read: number; readonly write: number } {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { read, write: openSync(path, 'w') };
}

const listener = {
  onPanic: (detail: string): void => void events.push(`panic: ${detail}`),
  note: (line: string): void => void events.push(line),
};

describe('ConsolePump', () => {
  it('appends to a log that is its owner’s alone, and is done when all is written', async () => {
    const { read, write } = pipe();
    await writeFile(log, 'earlier\n', { mode: 0o600 });
    const pump = await ConsolePump.open(read, log, listener);
    writeSync(write, 'one\n');
    writeSync(write, 'two');
    closeSync(write);
    await pump.done;
    expect(await readFile(log, 'utf8')).toBe('earlier\none\ntwo');
    expect(events).toEqual([]);
  });

  it('makes a log with mode 0600', async () => {
    const { read, write } = pipe();
    const pump = await ConsolePump.open(read, log, listener);
    closeSync(write);
    await pump.done;
    expect((await stat(log)).mode & 0o777).toBe(0o600);
  });

  it('tells a panic once, when it is in the log, and when the kernel is done with it', async () => {
    const { read, write } = pipe();
    let logged = '';
    const pump = await ConsolePump.open(read, log, {
      note: listener.note,
      onPanic: (detail) => {
        listener.onPanic(detail);
        logged = readFileSync(log, 'utf8');
      },
    });
    writeSync(write, 'Kernel panic - not sync');
    writeSync(write, 'ing: no init\nregisters\n---[ end Kernel panic - not syncing: no init ]---\n');
    await pump.lastWords;
    closeSync(write);
    await pump.done;
    expect(events).toEqual(['panic: no init']);
    expect(pump.panic).toBe('no init');
    expect(logged).toContain('no init');
  });

  it('tells a panic that the end of the console cuts short', async () => {
    const { read, write } = pipe();
    const pump = await ConsolePump.open(read, log, listener);
    writeSync(write, 'Kernel panic - not syncing: no in');
    closeSync(write);
    await pump.lastWords;
    expect(events).toEqual(['panic: no in']);
  });

  it('goes on when the log cannot be written, and says so once', async () => {
    const { read, write } = pipe();
    const pump = await ConsolePump.open(read, '/dev/full', listener);
    writeSync(write, 'lost\n');
    writeSync(write, 'x'.repeat(60_000));
    writeSync(write, '\nKernel panic - not syncing: seen all the same\n');
    closeSync(write);
    await pump.done;
    expect(events).toEqual([
      expect.stringMatching(/cannot be written to \/dev\/full, bytes of it are lost: ENOSPC/),
      'panic: seen all the same',
    ]);
  });

  it('does not hold more of a flood than a few chunks', async () => {
    const { read, write } = pipe();
    const slow = join(folder, 'slow');
    execFileSync('mkfifo', [slow]);
    const drain = openSync(slow, constants.O_RDONLY | constants.O_NONBLOCK);
    const pump = await ConsolePump.open(read, slow, listener);
    closeSync(write);
    const flood = openSync(join(folder, 'pipe'), constants.O_WRONLY | constants.O_NONBLOCK);
    const chunk = Buffer.alloc(4096, 'x');
    // The log takes no more than its own pipe does, so that a pump which went on reading would let this go on too.
    let taken = 0;
    for (let refused = 0; refused < 20; ) {
      try {
        taken += writeSync(flood, chunk);
        refused = 0;
      } catch {
        refused += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    expect(taken).toBeLessThan(1024 * 1024);
    pump.stop();
    closeSync(flood);
    closeSync(drain);
  });

  it('throws when the log cannot be opened, and closes the pipe', async () => {
    const { read, write } = pipe();
    await expect(ConsolePump.open(read, join(folder, 'none', 'serial.log'), listener)).rejects.toThrow('ENOENT');
    expect(() => writeSync(write, 'x')).toThrow('EPIPE');
    closeSync(write);
  });
});
