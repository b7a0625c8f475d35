import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { currentPosition } from './console-position.ts';
import { ConsoleLog, eventually, watched } from './fixtures/console-log.ts';

const MARKER = 'VMRS_READY 10.0.0.1\n';

describe('watchConsole', () => {
  it('finds a marker that comes in pieces', async () => {
    const log = new ConsoleLog('');
    const { addresses } = await watched(log);
    for (const piece of ['VMRS', '_READY', ' 10.0.', '0.1', '\r\n']) {
      expect(addresses).toEqual([]);
      log.append(piece);
      await sleep(15);
    }
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
  });

  it('knows at once what was in the file already, and tells it after it has resolved', async () => {
    const log = new ConsoleLog(MARKER);
    const { watcher, addresses } = await watched(log);
    expect(watcher.address).toBe('10.0.0.1');
    expect(addresses).toEqual([]);
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
  });

  it('waits for a file that does not exist yet', async () => {
    const log = new ConsoleLog();
    const { addresses } = await watched(log);
    await sleep(20);
    writeFileSync(join(log.folder, 'other.log'), MARKER);
    log.append(MARKER);
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']), 500);
  });

  it('waits for a file whose folder does not exist yet', async () => {
    const log = new ConsoleLog();
    rmSync(log.folder, { recursive: true });
    const { addresses, problems } = await watched(log);
    await sleep(20);
    mkdirSync(log.folder);
    log.append(MARKER);
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
    expect(problems).toEqual([]);
  });

  it('reads a file that is renamed away to its end, and then its successor', async () => {
    const log = new ConsoleLog('one\n');
    const { watcher, addresses } = await watched(log);
    await sleep(20);
    renameSync(log.path, `${log.path}.1`);
    appendFileSync(`${log.path}.1`, 'last words\n');
    await sleep(20);
    log.append('two\n');
    await eventually(() => expect(watcher.tail()).toEqual(['one', 'last words', 'two']));
    log.append(MARKER);
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
  });

  it('follows a file that another one is renamed over', async () => {
    const log = new ConsoleLog('one\n');
    const { addresses } = await watched(log);
    await sleep(20);
    writeFileSync(`${log.path}.new`, 'a longer beginning\n');
    renameSync(`${log.path}.new`, log.path);
    await sleep(20);
    log.append(MARKER);
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
  });

  it('does not mistake a new file for the old one when it has the same inode number', async () => {
    const log = new ConsoleLog('one\n');
    const { addresses } = await watched(log);
    for (let round = 0; round < 5; round++) {
      rmSync(log.path);
      await sleep(5);
      log.rewrite(`${'x'.repeat(100)}\n`);
      await sleep(5);
    }
    rmSync(log.path);
    log.rewrite(`${MARKER}and more than was in the file before\n`);
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
  });

  it('reads a truncated file from its beginning, and joins no line across the cut', async () => {
    const log = new ConsoleLog('a long line of the first boot\nVMRS_READY 10.0.');
    const { watcher, addresses } = await watched(log);
    const fd = openSync(log.path, 'r+');
    onTestFinished(() => closeSync(fd));
    await sleep(20);
    ftruncateSync(fd, 0);
    writeSync(fd, '0.9\nnext\n', 0);
    await eventually(() => expect(watcher.tail()).toContain('next'));
    expect(addresses).toEqual([]);
    truncateSync(log.path, 0);
    await sleep(20);
    log.append(MARKER);
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
  });

  it('does not read the 100 MB that lie before its beginning', async () => {
    const log = new ConsoleLog('VMRS_READY 6.6.6.6\n');
    truncateSync(log.path, 100 * 1024 * 1024);
    const from = await currentPosition(log.path);
    log.append(MARKER);
    const begun = performance.now();
    const { watcher } = await watched(log, { from });
    expect(performance.now() - begun).toBeLessThan(50);
    expect(watcher.address).toBe('10.0.0.1');
    expect(watcher.position().offset).toBe(100 * 1024 * 1024 + MARKER.length);
  });

  it('finds the marker among the lines of a chatty guest, with few looks', async () => {
    const log = new ConsoleLog('');
    const elapsed = vi.fn(() => performance.now());
    const { addresses } = await watched(log, { clock: { now: () => 0, elapsed, sleep: () => Promise.resolve() } });
    const fd = openSync(log.path, 'a');
    onTestFinished(() => closeSync(fd));
    const begun = performance.now();
    let lines = 0;
    while (performance.now() - begun < 300) {
      for (let line = 0; line < 10; line++) writeSync(fd, `[    1.${lines++}] a line among many\n`);
      await sleep(1);
    }
    writeSync(fd, MARKER);
    const written = performance.now();
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
    expect(performance.now() - written).toBeLessThan(100);
    expect(lines).toBeGreaterThan(500);
    // The clock is asked once for each file event: there were none while it read in intervals.
    expect(elapsed.mock.calls.length).toBeLessThan(lines / 10);
  });

  it('notices another address after the first, and tells no address twice', async () => {
    const log = new ConsoleLog(MARKER);
    const { addresses } = await watched(log);
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
    log.append(MARKER);
    await sleep(300);
    log.append('VMRS_READY 10.0.0.2\n');
    await eventually(() => expect(addresses).toEqual(['10.0.0.1', '10.0.0.2']));
  });

  it('starts from a known address and a position that begins a line', async () => {
    const log = new ConsoleLog(`${MARKER}echo `);
    const first = await watched(log);
    const from = first.watcher.position();
    expect(from.offset).toBe(MARKER.length);
    await first.watcher.close();
    log.append('VMRS_READY 6.6.6.6\n');
    const second = await watched(log, { from, address: '10.0.0.1' });
    expect(second.watcher.address).toBe('10.0.0.1');
    expect(second.watcher.tail()).toEqual(['echo VMRS_READY 6.6.6.6']);
    await sleep(30);
    expect(second.addresses).toEqual([]);
  });

  it('does not tell a marker of before a reset that it reads only then', async () => {
    const log = new ConsoleLog('');
    const { watcher, addresses } = await watched(log);
    log.append('VMRS_READY 10.0.0.9\nVMRS_');
    await watcher.reset();
    expect(watcher.address).toBeNull();
    log.append(`READY 10.0.0.8\n${MARKER}`);
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
  });

  it('drains what an ended guest has left', async () => {
    const log = new ConsoleLog('');
    const { watcher } = await watched(log);
    log.append('Kernel panic - not syncing\n');
    await watcher.drain();
    expect(watcher.tail()).toEqual(['Kernel panic - not syncing']);
  });

  it('tells nothing after it was closed, still knows the last lines, and leaves no file open', async () => {
    const openFiles = () => readdirSync('/proc/self/fd').length;
    const log = new ConsoleLog('last words\n');
    await watched(log);
    const before = openFiles();
    const { watcher, addresses } = await watched(log);
    await watcher.close();
    await watcher.close();
    log.append(MARKER);
    await sleep(30);
    expect(addresses).toEqual([]);
    expect(watcher.tail()).toEqual(['last words']);
    expect(openFiles()).toBe(before);
  });

  it('reports an unreadable log once, and reads it as soon as it can', async () => {
    const log = new ConsoleLog();
    mkdirSync(log.path);
    const { problems, addresses, watcher } = await watched(log);
    await expect(watcher.drain()).rejects.toMatchObject({ code: 'IO' });
    rmSync(log.path, { recursive: true });
    log.append(MARKER);
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
    expect(problems.length).toBe(1);
  });
});
