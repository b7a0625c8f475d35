import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { loadingOptions } from '../../src/conformance/second-process.ts';
import { FaultBench } from './fault-bench.ts';
import type { DescriptorReport } from './fixtures/few-descriptors.ts';

/** Enough for Node.js itself and for a VM. */
const LIMIT = 96;
const PROGRAM = fileURLToPath(new URL('fixtures/few-descriptors.ts', import.meta.url));

it('without free descriptors everything works or fails with a typed error, and works again when there are some', {
  timeout: 240_000,
}, async () => {
  await using bench = await FaultBench.create();
  const { kernel = '' } = await bench.config();
  const { stdout } = await promisify(execFile)('/bin/sh', [
    ...['-c', `ulimit -n ${LIMIT} && exec "$@"`, 'sh'],
    ...[process.execPath, ...loadingOptions(process.execArgv), PROGRAM, bench.stateDir, bench.runtimeDir, kernel],
  ]);
  const { attempts, leaked }: DescriptorReport = JSON.parse(stdout);
  expect(attempts.filter(({ outcome, code }) => outcome !== 'ok' && code === null)).toEqual([]);
  // The handle that is held on each VMM is all that it takes to end it, and only it.
  expect(attempts.filter(({ what, outcome }) => what === 'kill' && outcome !== 'ok')).toEqual([]);
  const boots = attempts.filter(({ what, outcome }) => what === 'boot' && outcome !== 'ok');
  expect(boots.length).toBeGreaterThan(0);
  for (const { code } of boots) expect(['INVALID_CONFIG', 'IO', 'BOOT_FAILED']).toContain(code);
  for (const { outcome } of boots) expect(outcome).toMatch(/EMFILE|too many open files/i);
  // Node.js itself keeps a pipe of each child that it could not start for want of descriptors.
  const kept = boots.filter(({ outcome }) => outcome.includes('cannot be started')).length;
  expect(leaked.filter((line) => !/^descriptor of socket$|^active PipeWrap$/.test(line))).toEqual([]);
  expect(leaked.filter((line) => line.startsWith('descriptor')).length).toBeLessThanOrEqual(kept);
  await bench.nothingLeft(await bench.open());
});
