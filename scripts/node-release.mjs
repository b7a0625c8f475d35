// @ts-check
/** Prints the path of a Node.js of the given exact version, after installing it into `.toolchain/` if it is not there. */
import { runMain, ScriptError } from './lib/say.mjs';
import { ensureNodeRelease } from './lib/toolchain.mjs';

await runMain(async () => {
  const [version = ''] = process.argv.slice(2);
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    throw new ScriptError('give an exact version, for example: node scripts/node-release.mjs 22.18.0');
  }
  console.log(await ensureNodeRelease(version, 'asked for by name'));
  return 0;
});
