// @ts-check
/**
 * Checks the native sources against a real SDK of macOS, on any system: with `SDKROOT` naming one, they are compiled for both processors with every warning an error, linked as strictly as a Mac would
 * link them, and the headers of the test double are compared with the SDK's own. Without `SDKROOT` it says so and passes: an SDK is Apple's, and its licence is for the developer to keep.
 *
 * Needs clang 16 or newer, lld and llvm-nm (Debian: clang-19, lld-19, llvm-19); `CLANG` names another clang++.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMain, say } from '../../../scripts/lib/say.mjs';
import { compileSources } from './sdk/compile.mjs';
import { findDrift } from './sdk/drift.mjs';
import { linkObjects } from './sdk/link.mjs';
import { openSdk } from './sdk/sdk.mjs';

const TARGETS = ['arm64-apple-macos13', 'x86_64-apple-macos13'];

await runMain(async () => {
  const root = process.env['SDKROOT'];
  if (!root) {
    say('SDKROOT names no SDK of macOS, so the native sources are not checked against one.');
    return 0;
  }
  const sdk = await openSdk(root);
  const workDir = await mkdtemp(join(tmpdir(), 'vmrs-check-sdk-'));
  try {
    for (const target of TARGETS) {
      const objects = await compileSources(sdk, target, workDir);
      const { undefinedSymbols } = await linkObjects(sdk, target, objects, workDir);
      say(
        `${target}: ${objects.length} files compile without a warning and link; absent here: ${undefinedSymbols.join(' ') || 'nothing'}`,
      );
    }
    const { compared, newer, problems } = await findDrift(sdk, TARGETS[0] ?? '');
    for (const problem of problems) say(`drift: ${problem}`);
    say(
      `test double: ${compared} declarations are those of the SDK ${sdk.version}, ${newer} are newer than it, ${problems.length} differ`,
    );
    return problems.length === 0 ? 0 : 1;
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
});
