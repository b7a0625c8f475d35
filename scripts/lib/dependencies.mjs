// @ts-check
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, TOOLCHAIN_DIR } from './paths.mjs';
import { runForeground } from './run.mjs';
import { ScriptError, say } from './say.mjs';

const STAMP = join(TOOLCHAIN_DIR, 'installed');
const LOCK = join(TOOLCHAIN_DIR, 'install.lock');

/**
 * Installs the workspace's dependencies when a manifest or the lockfile changed since the last time.
 *
 * @param {import('./toolchain.mjs').Toolchain} toolchain
 * @throws {ScriptError} when pnpm refuses; pnpm's own words are on stderr then
 */
export async function ensureDependencies(toolchain) {
  const digest = await manifestsDigest();
  if (await isInstalled(digest)) return;
  await underLock(async () => {
    if (await isInstalled(digest)) return;
    say('installing dependencies (pnpm install --frozen-lockfile) ...');
    const code = await runForeground(
      'pnpm',
      ['install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn'],
      {
        cwd: ROOT,
        env: { ...toolchain.env, CI: 'true' },
        // stdout belongs to the command that runs after us.
        stdio: ['ignore', 2, 2],
      },
    );
    if (code !== 0) {
      throw new ScriptError(
        `'pnpm install --frozen-lockfile' ended with code ${code}. ` +
          "When a package.json was changed on purpose, run 'npm run dev -- pnpm install' and commit pnpm-lock.yaml.",
      );
    }
    await writeFile(STAMP, digest);
  });
}

/** @param {string} digest */
async function isInstalled(digest) {
  if (!existsSync(STAMP) || !existsSync(join(ROOT, 'node_modules'))) return false;
  return (await readFile(STAMP, 'utf8')) === digest;
}

async function manifestsDigest() {
  const files = ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml'];
  for (const folder of ['docs', 'release', 'test-e2e']) files.push(`${folder}/package.json`);
  for (const parent of ['packages', 'native', 'examples']) {
    if (!existsSync(join(ROOT, parent))) continue;
    for (const name of (await readdir(join(ROOT, parent))).sort()) files.push(`${parent}/${name}/package.json`);
  }
  const hash = createHash('sha256');
  for (const file of files) {
    if (!existsSync(join(ROOT, file))) continue;
    hash.update(`${file}\0`).update(await readFile(join(ROOT, file)));
  }
  return hash.digest('hex');
}

/**
 * Two installs at once damage each other's node_modules.
 * @param {() => Promise<void>} work
 */
async function underLock(work) {
  await mkdir(TOOLCHAIN_DIR, { recursive: true });
  let saidSo = false;
  while (!(await tryLock())) {
    if (!saidSo) say('waiting for another install to end ...');
    saidSo = true;
    await sleep(200);
  }
  try {
    await work();
  } finally {
    await rm(LOCK, { force: true });
  }
}

/** The lock appears together with its owner's pid, so that a lock whose owner is gone is always recognised. */
async function tryLock() {
  const ours = `${LOCK}.${process.pid}`;
  await writeFile(ours, String(process.pid));
  try {
    await link(ours, LOCK);
    return true;
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    if (await isOwnerDead()) await rm(LOCK, { force: true });
    return false;
  } finally {
    await rm(ours, { force: true });
  }
}

async function isOwnerDead() {
  try {
    process.kill(Number(await readFile(LOCK, 'utf8')), 0);
    return false;
  } catch (error) {
    return isCode(error, 'ESRCH');
  }
}

/** @param {unknown} error @param {string} code */
function isCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}
