// @ts-check
import { ensureDependencies } from './lib/dependencies.mjs';
import { runForeground } from './lib/run.mjs';
import { runMain, ScriptError } from './lib/say.mjs';
import { ensureToolchain } from './lib/toolchain.mjs';

/** Commands that bring node_modules up to date themselves, possibly with a changed lockfile. */
const INSTALLING_COMMANDS = new Set([
  'install',
  'i',
  'add',
  'remove',
  'rm',
  'update',
  'up',
  'dedupe',
  'import',
  'clean',
]);

await runMain(async () => {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) {
    throw new ScriptError(
      'no command. Usage: npm run dev -- <command> [arguments], for example: npm run dev -- pnpm lint',
    );
  }
  const toolchain = await ensureToolchain();
  if (!(command === 'pnpm' && INSTALLING_COMMANDS.has(args[0] ?? ''))) await ensureDependencies(toolchain);
  return await runForeground(command, args, { env: toolchain.env });
});
