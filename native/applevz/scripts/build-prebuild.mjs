// @ts-check
/** Builds the addon on a Mac, for the processor that Node.js runs on, and puts it where the package expects a prebuilt one. */
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runForeground } from '../../../scripts/lib/run.mjs';
import { runMain, ScriptError, say } from '../../../scripts/lib/say.mjs';

const ROOT = join(import.meta.dirname, '..');
const ADDON = join(ROOT, 'addon');

await runMain(async () => {
  if (process.platform !== 'darwin') throw new ScriptError('the addon is built on macOS only');
  const nodeGyp = join(dirname(createRequire(import.meta.url).resolve('node-gyp/package.json')), 'bin/node-gyp.js');
  const code = await runForeground(process.execPath, [nodeGyp, 'rebuild'], { cwd: ADDON });
  if (code !== 0) return code;
  const prebuilt = join(ROOT, 'prebuilds', `darwin-${process.arch}`, 'applevz.node');
  await mkdir(dirname(prebuilt), { recursive: true });
  await copyFile(join(ADDON, 'build/Release/applevz.node'), prebuilt);
  say(`built ${prebuilt}`);
  return 0;
});
