import { getEventListeners } from 'node:events';
import { renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { deferred } from '../util/deferred.ts';
import { ConsoleLog } from './fixtures/console-log.ts';
import { followFile } from './follow-file.ts';

const never = new Promise<void>(() => {});

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += Buffer.from(chunk).toString();
  return text;
}

describe('followFile', () => {
  it('gives what is there and what comes, and ends with the rest', async () => {
    const log = new ConsoleLog('one ');
    const over = deferred<void>();
    const text = textOf(followFile(log.path, { until: over.promise }));
    await sleep(20);
    log.append('two ');
    await sleep(20);
    log.append('three');
    over.resolve();
    expect(await text).toBe('one two three');
  });

  it('leaves out the bytes before `from`', async () => {
    const log = new ConsoleLog('old new');
    expect(await textOf(followFile(log.path, { from: 4, until: Promise.resolve() }))).toBe('new');
  });

  it('gives a long file whole and in bounded pieces', async () => {
    const log = new ConsoleLog(Buffer.alloc(3_000_000, 'x'));
    let bytes = 0;
    let largest = 0;
    for await (const chunk of followFile(log.path, { until: Promise.resolve() })) {
      bytes += chunk.length;
      largest = Math.max(largest, chunk.length);
    }
    expect(bytes).toBe(3_000_000);
    expect(largest).toBeLessThanOrEqual(64 * 1024);
  });

  it('waits for a file that does not exist yet, and follows a rotation', async () => {
    const log = new ConsoleLog();
    const over = deferred<void>();
    const text = textOf(followFile(log.path, { until: over.promise }));
    await sleep(20);
    log.append('one ');
    await sleep(50);
    renameSync(log.path, `${log.path}.1`);
    log.append('two');
    await sleep(50);
    over.resolve();
    expect(await text).toBe('one two');
  });

  it('loses nothing for a reader that is slower than the writer', async () => {
    const log = new ConsoleLog('');
    const over = deferred<void>();
    let text = '';
    const reading = (async () => {
      for await (const chunk of followFile(log.path, { until: over.promise })) {
        text += Buffer.from(chunk).toString();
        await sleep(30);
      }
    })();
    for (let line = 0; line < 50; line++) {
      log.append(`${line}\n`);
      await sleep(3);
    }
    over.resolve();
    await reading;
    expect(text).toBe(Array.from({ length: 50 }, (_, line) => `${line}\n`).join(''));
  });

  it('ends when the file never comes to exist', async () => {
    expect(await textOf(followFile(new ConsoleLog().path, { until: Promise.resolve() }))).toBe('');
  });

  it('ends when the signal is aborted, and leaves no listener on it', async () => {
    const log = new ConsoleLog('one');
    const controller = new AbortController();
    const text = textOf(followFile(log.path, { until: never, signal: controller.signal }));
    await sleep(20);
    expect(getEventListeners(controller.signal, 'abort').length).toBe(1);
    controller.abort();
    expect(await text).toBe('one');
    expect(getEventListeners(controller.signal, 'abort').length).toBe(0);
  });

  it('leaves no listener when the loop is left, and gives nothing to an aborted signal', async () => {
    const log = new ConsoleLog('one');
    const controller = new AbortController();
    for await (const _ of followFile(log.path, { until: never, signal: controller.signal })) break;
    expect(getEventListeners(controller.signal, 'abort').length).toBe(0);
    controller.abort();
    expect(await textOf(followFile(log.path, { until: never, signal: controller.signal }))).toBe('');
  });

  it('throws when the file cannot be read', async () => {
    const log = new ConsoleLog();
    await expect(textOf(followFile(log.folder, { until: never }))).rejects.toMatchObject({ code: 'IO' });
  });
});
