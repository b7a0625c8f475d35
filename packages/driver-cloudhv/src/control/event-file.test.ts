import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@vmrs/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVENT_FILE, EventFile } from './event-file.ts';

const quiet = (): void => undefined;
const silent: Logger = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => silent };
const written = (event: string): string =>
  `${JSON.stringify({ timestamp: { secs: 0, nanos: 0 }, source: 'vm', event, properties: null }, null, 2)}\n\n`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-events-'));
  await writeFile(join(folder, EVENT_FILE), written('booting'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('EventFile', () => {
  it('tells what was written before, then each new event as it comes', async () => {
    const { file, past } = await EventFile.open(folder, silent);
    expect(past.map(({ event }) => event)).toEqual(['booting']);
    const seen: string[] = [];
    file.onEvent(({ event }) => void seen.push(event));
    using paused = file.waitFor(({ event }) => event === 'paused');
    await appendFile(join(folder, EVENT_FILE), written('booted') + written('pausing') + written('paused'));
    await paused.promise;
    expect(seen).toEqual(['booted', 'pausing', 'paused']);
    file.close();
  });

  it('reads the last words when asked, and nothing after it was closed', async () => {
    const { file } = await EventFile.open(folder, silent);
    const seen: string[] = [];
    file.onEvent(({ event }) => void seen.push(event));
    await appendFile(join(folder, EVENT_FILE), written('shutdown'));
    await file.drain();
    expect(seen).toEqual(['shutdown']);
    file.close();
    file.close();
    await appendFile(join(folder, EVENT_FILE), written('deleted'));
    await file.drain();
    expect(seen).toEqual(['shutdown']);
  });
});
