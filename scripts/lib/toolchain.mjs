// @ts-check
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { ROOT, TOOLCHAIN_DIR } from './paths.mjs';
import { runQuietly } from './run.mjs';
import { ScriptError, say } from './say.mjs';

const LOCKS_DIR = join(ROOT, 'scripts', 'toolchain');
const NODE_VERSION = '24.21.0';
const PNPM_VERSION = '12.21.0';
const MAX_REASON_LINES = 12;

/**
 * @typedef {object} Toolchain
 * @property {string} node the Node.js to run with: the running one when it is new enough, else the pinned one
 * @property {NodeJS.ProcessEnv} env the environment for commands: pinned programs first in PATH, npm's own variables removed
 */

/**
 * Makes sure that the pinned programs are there and says how to run with them. Downloads only the first time.
 *
 * @returns {Promise<Toolchain>}
 * @throws {ScriptError} when a program cannot be had
 */
export async function ensureToolchain() {
  const pinnedNode = isSupportedNode(process.versions.node) ? undefined : await ensureNode();
  const pnpm = await ensurePnpm();
  const binDirs = [join(ROOT, 'node_modules', '.bin'), ...(pinnedNode ? [dirname(pinnedNode)] : []), dirname(pnpm)];
  return { node: pinnedNode ?? process.execPath, env: commandEnv(binDirs) };
}

/**
 * The releases that every tool of ours states to support; odd-numbered and older ones get the pinned Node.js instead.
 * @param {string} version
 */
export function isSupportedNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 24 && minor >= 11) || major >= 26;
}

/** @returns {Promise<string>} the pinned Node.js executable */
async function ensureNode() {
  return await ensureNodeRelease(
    NODE_VERSION,
    `needed because Node.js ${process.versions.node} is too old for this project`,
    'Or install Node.js 24.11 or newer yourself, and run the command again.',
  );
}

/**
 * Makes sure that a release of Node.js is in `.toolchain/`. Downloads only the first time. The pinned release is checked against the
 * committed lock where that covers this platform.
 *
 * @param {string} version exact, such as `22.18.0`
 * @param {string} why it is needed, in a few words
 * @param {string} [help] what the user can do when it cannot be had
 * @returns {Promise<string>} the executable
 * @throws {ScriptError} when it cannot be had
 */
export async function ensureNodeRelease(version, why, help = 'Check that npm reaches its registry (npm ping).') {
  const platformPackage = `node-${process.platform}-${process.arch}`;
  const locked = version === NODE_VERSION && (await isLocked('node', platformPackage));
  const executable = locked
    ? join('node_modules', platformPackage, 'bin', 'node')
    : join('node_modules', 'node', 'bin', 'node');
  return await ensureProgram({
    name: 'node',
    version,
    executable,
    why,
    help,
    async install(dir) {
      if (locked) return await npmCi('node', dir);
      await npmInstall(`node@${version}`, dir);
      // The package fetches the platform's binary from its install script, which npm may be configured to skip.
      await mustSucceed(process.execPath, ['installArchSpecificPackage'], join(dir, 'node_modules', 'node'));
    },
  });
}

/** @returns {Promise<string>} the pinned pnpm executable */
async function ensurePnpm() {
  const platformPackage = `@pnpm/exe.${process.platform}-${process.arch}${isMusl() ? '-musl' : ''}`;
  const locked = await isLocked('pnpm', platformPackage);
  return await ensureProgram({
    name: 'pnpm',
    version: PNPM_VERSION,
    executable: join('node_modules', platformPackage, process.platform === 'win32' ? 'pnpm.exe' : 'pnpm'),
    why: 'the package manager of this repository',
    help: 'Check that npm reaches its registry (npm ping), and run the command again.',
    install: async (dir) =>
      locked ? await npmCi('pnpm', dir) : await npmInstall(`${platformPackage}@${PNPM_VERSION}`, dir),
  });
}

/**
 * Installs a program into its own folder, once. The folder appears under its final name only when complete, so a
 * killed or concurrent run never leaves a half-installed one behind.
 *
 * @param {object} program
 * @param {string} program.name
 * @param {string} program.version
 * @param {string} program.executable path inside the folder
 * @param {string} program.why
 * @param {string} program.help
 * @param {(dir: string) => Promise<void>} program.install
 * @returns {Promise<string>} path of the executable
 */
async function ensureProgram({ name, version, executable, why, help, install }) {
  const folder = `${name}-${version}-${process.platform}-${process.arch}-${await lockDigest(name)}`;
  const finalDir = join(TOOLCHAIN_DIR, folder);
  const finalPath = join(finalDir, executable);
  if (existsSync(finalPath)) return finalPath;

  say(`installing ${name} ${version} into .toolchain/ (${why}) ...`);
  await mkdir(TOOLCHAIN_DIR, { recursive: true });
  const workDir = await mkdtemp(join(TOOLCHAIN_DIR, `.incomplete-${name}-`));
  try {
    await install(workDir);
    if (!existsSync(join(workDir, executable))) {
      throw new ScriptError(`the package has no ${executable} for ${process.platform}-${process.arch}`);
    }
    await publish(workDir, finalDir, finalPath);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ScriptError(`could not install ${name} ${version}: ${reason}\n${help}`, { cause: error });
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
  return finalPath;
}

/** @param {string} workDir @param {string} finalDir @param {string} finalPath */
async function publish(workDir, finalDir, finalPath) {
  try {
    await rename(workDir, finalDir);
  } catch (error) {
    // Another run was faster; its folder is as good as ours.
    if (!existsSync(finalPath)) throw error;
  }
}

/**
 * Whether the committed lock covers the package. The lock holds what the registry offered when it was written; other
 * platforms get the same exact versions by name.
 * @param {string} name
 * @param {string} packageName
 */
async function isLocked(name, packageName) {
  const lock = JSON.parse(await readFile(join(LOCKS_DIR, name, 'package-lock.json'), 'utf8'));
  return !isMusl() && `node_modules/${packageName}` in lock.packages;
}

/** @param {string} name */
async function lockDigest(name) {
  const lock = await readFile(join(LOCKS_DIR, name, 'package-lock.json'));
  return createHash('sha256').update(lock).digest('hex').slice(0, 8);
}

/** @param {string} name @param {string} dir */
async function npmCi(name, dir) {
  await cp(join(LOCKS_DIR, name), dir, { recursive: true });
  await npm(['ci'], dir);
}

/** @param {string} spec @param {string} dir */
async function npmInstall(spec, dir) {
  await npm(['install', '--no-save', '--package-lock=false', spec], dir);
}

/** @param {readonly string[]} args @param {string} dir */
async function npm(args, dir) {
  const quiet = ['--ignore-scripts', '--prefix', dir, '--loglevel=error', '--no-audit', '--no-fund'];
  // Under `npm run`, npm names its own script; running it with our Node.js works on Windows too, without a shell.
  const npmScript = process.env.npm_execpath;
  if (npmScript?.endsWith('npm-cli.js')) await mustSucceed(process.execPath, [npmScript, ...args, ...quiet], dir);
  else await mustSucceed('npm', [...args, ...quiet], dir);
}

/** @param {string} command @param {readonly string[]} args @param {string} cwd */
async function mustSucceed(command, args, cwd) {
  const { code, output } = await runQuietly(command, args, { cwd, env: commandEnv([]) });
  if (code === 0) return;
  // npm follows its error with pages of usage; the reason is at the top.
  const reason = output.trim().split('\n').slice(0, MAX_REASON_LINES).join('\n');
  throw new ScriptError(`'${[command, ...args].join(' ')}' ended with code ${code}:\n${reason}`);
}

/** @param {readonly string[]} binDirs */
function commandEnv(binDirs) {
  // A nested npm or pnpm takes these for its own settings: the outer project's root, user agent and command.
  const inherited = Object.entries(process.env).filter(
    ([key]) =>
      !/^npm_(lifecycle_|package_|command$|execpath$|node_execpath$|config_(user_agent|local_prefix|npm_version)$)/.test(
        key,
      ),
  );
  const env = Object.fromEntries(inherited);
  return { ...env, TURBO_TELEMETRY_DISABLED: '1', PATH: [...binDirs, env.PATH ?? ''].join(delimiter) };
}

/** Alpine is the one common system whose programs need musl builds; asking Node.js itself takes 100 ms. */
function isMusl() {
  return existsSync('/etc/alpine-release');
}
