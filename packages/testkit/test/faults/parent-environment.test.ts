import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadingOptions } from '../../src/conformance/second-process.ts';
import { FaultBench } from './fault-bench.ts';
import type { BootReport } from './fixtures/boot-once.ts';

const PROGRAM = fileURLToPath(new URL('fixtures/boot-once.ts', import.meta.url));

/** Becomes a user that is in no database. */
const NOBODY = 'setpriv --reuid 64321 --clear-groups';

/** Runs the program from a shell that does `script` first; in it `"$@"` is the program. */
async function runUnder(bench: FaultBench, script: string, folders = true): Promise<BootReport> {
  const { kernel = '' } = await bench.config();
  const report = join(bench.root, 'report.json');
  const { stateDir, runtimeDir } = bench;
  await promisify(execFile)(
    '/bin/sh',
    [
      ...['-c', script, 'sh', process.execPath, ...loadingOptions(process.execArgv), PROGRAM, report],
      ...(folders ? [stateDir, runtimeDir] : ['', '']),
      kernel,
    ],
    { cwd: bench.root },
  );
  return JSON.parse(await readFile(report, 'utf8'));
}

describe('a controller', () => {
  it.each([
    ['with stdin, stdout and stderr closed', 'exec "$@" <&- >&- 2>&-'],
    ['without HOME', 'unset HOME && exec "$@"'],
    ['without any environment', 'exec env -i "VMRS_CONFORMANCE_CHECK=$VMRS_CONFORMANCE_CHECK" "$@"'],
    ['that ignores SIGHUP, SIGINT and SIGTERM', `trap '' HUP INT TERM && exec "$@"`],
    ['whose working directory is deleted', 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'],
    ['with a umask that lets nobody in', 'umask 777 && exec "$@"'],
  ])('%s boots, waits for and stops a VM, and leaves nothing', async (_, script) => {
    await using bench = await FaultBench.create();
    const report = await runUnder(bench, script);
    expect(report).toEqual({ ip: '10.0.2.15', how: 'guest', code: null, error: null });
    await bench.nothingLeft(await bench.open());
  });

  it('of a user without a home directory is told to choose a state directory', async (context) => {
    if (process.getuid?.() !== 0) context.skip('needs root, to become a user that does not exist');
    await using bench = await FaultBench.create();
    await promisify(execFile)('chmod', ['0777', bench.root]);
    const report = await runUnder(bench, `unset HOME XDG_STATE_HOME VMRS_HOME && exec ${NOBODY} "$@"`, false);
    expect(report).toMatchObject({ code: 'INVALID_CONFIG', error: expect.stringContaining('stateDir') });
  });
});
