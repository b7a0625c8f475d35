import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readyGuest, writeGuestScript } from '@vmrs/testkit/stand-in';
import { expect, it } from 'vitest';
import type { LostIpReport } from '../fixtures/lose-ip.ts';
import { Lab } from '../lab.ts';
import { processes } from '../world.ts';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, '..', 'fixtures', 'lose-ip.ts');
const NAMESPACES = ['--net', '--mount'] as const;

it('a tap that cannot be released because ip is missing is told, stays recorded, and is released by the next collection', async (context) => {
  await run('unshare', [...NAMESPACES, 'sh', '-c', 'ip tuntap add dev vmrs0 mode tap']).catch(() =>
    context.skip('needs root, unshare, ip and /dev/net/tun'),
  );
  await using lab = await Lab.create();
  const kernel = join(lab.root, 'kernel');
  await writeGuestScript(kernel, readyGuest());
  const program = [process.execPath, ...process.execArgv, PROGRAM, lab.stateDir, lab.runtimeDir, kernel];
  const { stdout } = await run('unshare', [...NAMESPACES, ...program]);
  const report: LostIpReport = JSON.parse(stdout);
  expect(report).toEqual({
    problems: [expect.stringMatching(/tap.*vmrs0/)],
    tapAfterStop: true,
    removal: 'IO',
    tapAfterGc: false,
  } satisfies Record<keyof LostIpReport, unknown>);
  expect(await processes()).toEqual([]);
});
