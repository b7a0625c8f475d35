// @ts-check
/**
 * Refuses to publish the package without the addons that its users get: one for each processor of a Mac. Runs before `npm publish` and `pnpm publish`, and not when the package is only packed.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runMain, say } from '../../../scripts/lib/say.mjs';

const ROOT = join(import.meta.dirname, '..');
const MACH_O_64 = 0xfeedfacf;
/** @type {Record<string, number>} */
const CPUS = { arm64: 0x0100000c, x64: 0x01000007 };

await runMain(async () => {
  const found = await Promise.all(Object.entries(CPUS).map(([arch, cpu]) => problemOf(arch, cpu)));
  const problems = found.filter((problem) => problem !== null);
  for (const problem of problems) say(problem);
  if (problems.length === 0) return 0;
  say('nothing may be published without both addons: take them from the macOS workflow (.github/workflows/macos.yml)');
  return 1;
});

/** @param {string} arch @param {number} cpu @returns {Promise<string | null>} */
async function problemOf(arch, cpu) {
  const path = join('prebuilds', `darwin-${arch}`, 'applevz.node');
  let file;
  try {
    file = await readFile(join(ROOT, path));
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message : error}`;
  }
  if (file.length < 8 || file.readUInt32LE(0) !== MACH_O_64) return `${path}: it is not a Mach-O file of 64 bits`;
  return file.readUInt32LE(4) === cpu ? null : `${path}: it was built for another processor`;
}
