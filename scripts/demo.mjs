// @ts-check
/**
 * `npm run demo`: brings everything the demo needs, then hands over to it. What the demo shows, and its options, are
 * in examples/demo. Everything printed here goes to stderr, so that `--json` output stays clean.
 */
import { join } from 'node:path';
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ROOT } from './lib/paths.mjs';
import { runForeground } from './lib/run.mjs';
import { runMain, ScriptError } from './lib/say.mjs';
import { ensureToolchain } from './lib/toolchain.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

const DEMO = join(ROOT, 'examples', 'demo', 'main.ts');

await runMain(async () => {
  const args = process.argv.slice(2);
  const missing = await ensureSystemPackages({ purpose: 'demo', install: !args.includes('--no-install') });
  if (missing.length > 0) throw new ScriptError('install what is missing (see above), and run the demo again.');

  const toolchain = await ensureToolchain();
  await ensureDependencies(toolchain);
  await ensureBuild(toolchain);
  return await runForeground(toolchain.node, [DEMO, ...args], { env: toolchain.env });
});
