// @ts-check
import { ROOT } from './paths.mjs';
import { runQuietly } from './run.mjs';
import { ScriptError } from './say.mjs';

/**
 * Builds every package whose sources changed. Quiet unless it fails.
 *
 * @param {import('./toolchain.mjs').Toolchain} toolchain
 * @throws {ScriptError} with the build's output
 */
export async function ensureBuild(toolchain) {
  const { code, output } = await runQuietly('turbo', ['run', 'build', '--output-logs=errors-only'], {
    cwd: ROOT,
    env: toolchain.env,
  });
  if (code !== 0) throw new ScriptError(`the build failed:\n${output.trim()}`);
}
