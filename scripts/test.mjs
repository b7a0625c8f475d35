// @ts-check
/**
 * `npm test`: the whole proof, from a fresh clone. Every step runs even when an earlier one failed, except where it
 * needs the earlier one's result. The last line is the sum: each test counts, and each step without tests counts as one.
 *
 * Options: `--no-install` installs no system packages; tests that need them are skipped.
 */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ROOT } from './lib/paths.mjs';
import { runForeground } from './lib/run.mjs';
import { runMain, ScriptError, say } from './lib/say.mjs';
import { ensureToolchain } from './lib/toolchain.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

const RESULTS_DIR = join(ROOT, '.test-results');
const REPORTER = join(ROOT, 'scripts', 'lib', 'test-summary-reporter.mjs');

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly string[]} command
 * @property {string} [cwd]
 * @property {boolean} [tests] a vitest run
 * @property {string} [needs] name of a step without whose success this one says nothing
 */

/** @type {readonly Step[]} */
const STEPS = [
  { name: 'typecheck', command: ['pnpm', 'run', 'typecheck'] },
  { name: 'lint', command: ['pnpm', 'run', 'lint'] },
  { name: 'unit and conformance tests', command: ['vitest', 'run'], tests: true },
  { name: 'build', command: ['pnpm', 'run', 'build'] },
  { name: 'check:package', command: ['pnpm', 'run', 'check:package'], needs: 'build' },
  { name: 'e2e tests', command: ['vitest', 'run'], cwd: join(ROOT, 'test-e2e'), tests: true, needs: 'build' },
  { name: 'release rehearsal', command: ['node', 'release/src/rehearse/main.ts', '--quick'], needs: 'check:package' },
];

await runMain(async () => {
  const install = !process.argv.slice(2).includes('--no-install');
  try {
    await ensureSystemPackages({ purpose: 'test', install });
  } catch (error) {
    // Tests that need a package which cannot be had are skipped by name; the others still prove something.
    if (!(error instanceof ScriptError)) throw error;
    say(error.message);
  }
  const toolchain = await ensureToolchain();
  await ensureDependencies(toolchain);

  await rm(RESULTS_DIR, { recursive: true, force: true });
  // The packed packages are tried on the Node.js of whoever called this, where that is one they support.
  const env = { ...toolchain.env, CI: 'true', VMRS_CONSUMER_NODE: process.execPath };
  const total = {
    passed: 0,
    failed: 0,
    /** @type {import('./lib/test-summary-reporter.mjs').TestSummary['skipped']} */ skipped: [],
  };
  let testsRun = 0;
  /** @type {string[]} */
  const lines = [];
  /** @type {Set<string>} */
  const failedSteps = new Set();

  for (const step of STEPS) {
    console.log(`\n=== ${step.name} ===`);
    const startedAt = performance.now();
    const result = await runStep(step, failedSteps, env);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    total.passed += result.passed;
    total.failed += result.failed;
    total.skipped.push(...result.skipped);
    if (step.tests) testsRun += result.passed + result.failed;
    if (result.failed > 0) failedSteps.add(step.name);
    lines.push(`${result.failed > 0 ? 'FAILED' : 'ok    '}  ${step.name} (${seconds} s)${result.note}`);
    console.log(lines.at(-1));
  }

  console.log(`\n=== summary ===\n${lines.join('\n')}`);
  for (const { name, reason } of total.skipped) console.log(`skipped: ${name}${reason === '' ? '' : ` (${reason})`}`);
  if (testsRun === 0) console.log('no test ran: that is a failure too');
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
  return total.failed > 0 || testsRun === 0 ? 1 : 0;
});

/**
 * @param {Step} step
 * @param {ReadonlySet<string>} failedSteps
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<import('./lib/test-summary-reporter.mjs').TestSummary & { note: string }>}
 */
async function runStep(step, failedSteps, env) {
  if (step.needs !== undefined && failedSteps.has(step.needs)) {
    return { passed: 0, failed: 1, skipped: [], note: `: not run, because '${step.needs}' failed` };
  }
  const [program = '', ...args] = step.command;
  const cwd = step.cwd ?? ROOT;
  if (!step.tests) {
    const code = await runForeground(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
    return code === 0
      ? { passed: 1, failed: 0, skipped: [], note: '' }
      : { passed: 0, failed: 1, skipped: [], note: `: exit code ${code}` };
  }

  const summaryFile = join(RESULTS_DIR, `${step.name.replace(/\W+/g, '-')}.json`);
  const code = await runForeground(program, [...args, '--reporter=default', `--reporter=${REPORTER}`], {
    cwd,
    env: { ...env, VMRS_TEST_SUMMARY: summaryFile },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (!existsSync(summaryFile)) {
    return { passed: 0, failed: 1, skipped: [], note: `: vitest ended with exit code ${code} and no results` };
  }
  /** @type {import('./lib/test-summary-reporter.mjs').TestSummary} */
  const summary = JSON.parse(await readFile(summaryFile, 'utf8'));
  // An exit code that the results do not explain must not look like success.
  const unexplained = code !== 0 && summary.failed === 0 ? 1 : 0;
  const counts = `: ${summary.passed} passed, ${summary.failed} failed, ${summary.skipped.length} skipped`;
  return {
    ...summary,
    failed: summary.failed + unexplained,
    note: counts + (unexplained ? `, exit code ${code}` : ''),
  };
}
