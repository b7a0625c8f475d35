// @ts-check
/**
 * Runs the tests of this package on an addon with AddressSanitizer and UndefinedBehaviorSanitizer in it. Node.js itself has no sanitizers, so their runtime is preloaded into every process; the build
 * comes before that. Apart from `npm test`, as building takes a minute.
 */
import { join } from 'node:path';
import { runForeground } from '../../../scripts/lib/run.mjs';
import { runMain, say } from '../../../scripts/lib/say.mjs';
import { buildFakeAddon, sanitizerEnvironment } from '../../applevz-fake/src/index.ts';

await runMain(async () => {
  say(`with sanitizers: ${await buildFakeAddon({ sanitize: true })}`);
  const env = { ...process.env, ...(await sanitizerEnvironment()), VMRS_SANITIZE: 'address,undefined' };
  const vitest = join(import.meta.dirname, '../../../node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--project', 'applevz-addon', ...process.argv.slice(2)];
  return await runForeground(process.execPath, args, { cwd: join(import.meta.dirname, '../../..'), env });
});
