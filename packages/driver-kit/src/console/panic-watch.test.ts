import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PanicWatch } from './panic-watch.ts';

let folder: string;
let log: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-panic-'));
  log = join(folder, 'serial.log');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const PANIC =
  '[    2.476852] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0100\r\n[    2.4] CPU: 0\r\n';

describe('PanicWatch', () => {
  it('finds the panic of this boot, once', async () => {
    await writeFile(log, 'earlier boot\n');
    const watch = await PanicWatch.begin(log);
    await appendFile(log, `booting\n${PANIC}`);
    expect(await watch.atReset()).toBe('Attempted to kill init! exitcode=0x0100');
    await appendFile(log, 'booting again\n');
    expect(await watch.atReset()).toBeNull();
  });

  it('does not mind the panic of an earlier VM', async () => {
    await writeFile(log, PANIC);
    const watch = await PanicWatch.begin(log);
    await appendFile(log, 'all is well, rebooting\n');
    expect(await watch.atReset()).toBeNull();
  });

  it('looks at the end of a long boot only, and survives rotation and removal', async () => {
    await writeFile(log, '');
    const watch = await PanicWatch.begin(log);
    await appendFile(log, `${'x'.repeat(200_000)}\n${PANIC}`);
    expect(await watch.atReset()).toContain('Attempted');
    await truncate(log, 0);
    await appendFile(log, PANIC);
    expect(await watch.atReset()).toContain('Attempted');
    await rm(log);
    expect(await watch.atReset()).toBeNull();
  });
});
