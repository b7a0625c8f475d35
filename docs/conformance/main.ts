/**
 * Runs the conformance suite on every driver of this repository and writes what came of it to `docs/reference/conformance.json`, from which pages are made. Takes some minutes.
 *
 *   npm run dev -- pnpm docs:conformance
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConformanceResult, RESULTS_VARIABLE } from './conformance-result.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FILE = new URL('../reference/conformance.json', import.meta.url);
const PROJECTS = ['driver-applevz', 'driver-cloudhv', 'driver-qemu', 'driver-uml'];

const folder = mkdtempSync(join(tmpdir(), 'vmrs-conformance-'));
try {
  const file = join(folder, 'results.json');
  const reporter = fileURLToPath(new URL('conformance-reporter.ts', import.meta.url));
  const projects = PROJECTS.flatMap((project) => ['--project', project]);
  const { status } = spawnSync(
    'vitest',
    ['run', ...projects, 'conformance', '--reporter=default', `--reporter=${reporter}`],
    {
      cwd: ROOT,
      env: { ...process.env, [RESULTS_VARIABLE]: file },
      stdio: 'inherit',
    },
  );
  if (status !== 0) throw new Error('not every check passed; nothing was written');
  const results: ConformanceResult[] = JSON.parse(readFileSync(file, 'utf8'));
  results.sort((one, other) => (one.subject < other.subject ? -1 : 1));
  writeFileSync(FILE, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
