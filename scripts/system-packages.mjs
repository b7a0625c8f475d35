// @ts-check
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runForeground, runQuietly } from './lib/run.mjs';
import { ScriptError, say } from './lib/say.mjs';

/**
 * Programs from the system's package manager that the demo and the tests use.
 *
 * @typedef {object} SystemPackage
 * @property {string} debian name of the Debian package
 * @property {string} program what the package must bring onto PATH
 * @property {string | null} brew name of the Homebrew formula, null where macOS does without
 * @property {string} why
 * @property {boolean} demo whether the demo needs it too, and not the tests alone
 */

/** @type {readonly SystemPackage[]} */
const USER_MODE_LINUX = [
  { debian: 'user-mode-linux', program: 'linux.uml', brew: null, why: 'the kernel of an example', demo: false },
  { debian: 'uml-utilities', program: 'uml_mconsole', brew: null, why: 'controls that kernel', demo: false },
];

/** @type {readonly SystemPackage[]} */
export const SYSTEM_PACKAGES = [
  process.arch === 'arm64'
    ? { debian: 'qemu-system-arm', program: 'qemu-system-aarch64', brew: 'qemu', why: 'runs the guests', demo: true }
    : { debian: 'qemu-system-x86', program: 'qemu-system-x86_64', brew: 'qemu', why: 'runs the guests', demo: true },
  { debian: 'qemu-utils', program: 'qemu-img', brew: 'qemu', why: 'makes disk images', demo: false },
  { debian: 'busybox-static', program: 'busybox', brew: null, why: "the guest's programs", demo: true },
  { debian: 'xorriso', program: 'xorriso', brew: 'xorriso', why: 'reads back the seeds we write', demo: false },
  {
    debian: 'clang-19',
    program: 'clang++-19',
    brew: null,
    why: "compiles the addon for Apple's framework",
    demo: false,
  },
  { debian: 'libclang-rt-19-dev', program: 'clang++-19', brew: null, why: 'checks its memory', demo: false },
  { debian: 'iproute2', program: 'ip', brew: null, why: 'makes tap interfaces', demo: false },
  // Ubuntu has it as a snap only; the browser tests take a Chrome that is there.
  ...(isUbuntu()
    ? []
    : [{ debian: 'chromium', program: 'chromium', brew: null, why: 'opens the built docs', demo: false }]),
  // Debian has these for PCs only.
  ...(process.arch === 'x64' ? USER_MODE_LINUX : []),
  {
    debian: 'tmux',
    program: 'tmux',
    brew: 'tmux',
    why: 'is the terminal of the tests of the command line',
    demo: false,
  },
  { debian: 'zsh', program: 'zsh', brew: 'zsh', why: 'tries its completion', demo: false },
  { debian: 'fish', program: 'fish', brew: 'fish', why: 'tries its completion', demo: false },
];

// Root's tools are not on every user's PATH.
const EXTRA_PROGRAM_DIRS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholders
const DPKG_FORMAT = '${Package} ${db:Status-Status}\n';

/**
 * Installs what is missing where that is possible without asking: on Debian as root, on macOS with Homebrew. Says so
 * first.
 *
 * @param {{ purpose: 'demo' | 'test', install: boolean }} options `install: false` never installs
 * @returns {Promise<readonly SystemPackage[]>} what is still missing, after having said so
 * @throws {ScriptError} when the package manager fails
 */
export async function ensureSystemPackages({ purpose, install }) {
  const wanted = SYSTEM_PACKAGES.filter((entry) => purpose === 'test' || entry.demo);
  const missing = await missingOf(wanted);
  if (missing.length === 0) return [];

  const installer = install ? findInstaller() : undefined;
  if (installer !== undefined) {
    say(`installing system packages: ${missing.map(({ program, why }) => `${program} (${why})`).join(', ')} ...`);
    await installer(missing);
    return [];
  }
  for (const entry of missing) say(`missing: ${entry.program} (${entry.why})`);
  say(`to install: ${installCommand(missing)}`);
  return missing;
}

/** @param {readonly SystemPackage[]} wanted */
async function missingOf(wanted) {
  // Debian's busybox and busybox-static bring the same program; only the static one runs in a guest.
  if (isDebian()) {
    const names = wanted.map(({ debian }) => debian);
    const { output } = await runQuietly('dpkg-query', ['-W', '-f', DPKG_FORMAT, ...names]);
    const lines = output.split('\n').map((line) => line.split(' '));
    const installed = new Set(lines.filter(([, status]) => status === 'installed').map(([name]) => name));
    return wanted.filter(({ debian }) => !installed.has(debian));
  }
  return wanted.filter(({ program, brew }) => !isOnPath(program) && !(process.platform === 'darwin' && brew === null));
}

/** @returns {((missing: readonly SystemPackage[]) => Promise<void>) | undefined} undefined when it takes the user */
function findInstaller() {
  if (isDebian() && process.getuid?.() === 0) return aptInstall;
  if (process.platform === 'darwin' && isOnPath('brew')) return brewInstall;
  return;
}

/** @param {readonly SystemPackage[]} missing */
async function aptInstall(missing) {
  const apt = ['apt-get', '-y', '-q', '-o', 'DPkg::Lock::Timeout=300'];
  const install = [...apt, 'install', '--no-install-recommends', ...missing.map(({ debian }) => debian)];
  if (await succeeds(install)) return;
  // Fresh machines have no package lists, or old ones.
  if ((await succeeds([...apt, 'update'])) && (await succeeds(install))) return;
  throw new ScriptError(`could not install system packages. Run yourself and look: ${install.join(' ')}`);
}

/** @param {readonly SystemPackage[]} missing */
async function brewInstall(missing) {
  const install = ['brew', 'install', ...formulas(missing)];
  if (await succeeds(install)) return;
  throw new ScriptError(`could not install system packages. Run yourself and look: ${install.join(' ')}`);
}

/** @param {readonly string[]} command */
async function succeeds([program = '', ...args]) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return (await runForeground(program, args, { env, stdio: ['ignore', 2, 2] })) === 0;
}

/** @param {readonly SystemPackage[]} missing */
function installCommand(missing) {
  if (process.platform === 'darwin') return `brew install ${formulas(missing).join(' ')}`;
  if (isDebian())
    return `sudo apt-get install --no-install-recommends ${missing.map(({ debian }) => debian).join(' ')}`;
  return `your system's packages of ${missing.map(({ program }) => program).join(', ')} (names on Debian: ${missing.map(({ debian }) => debian).join(', ')})`;
}

function isDebian() {
  return (
    process.platform === 'linux' && existsSync('/etc/debian_version') && isOnPath('dpkg-query') && isOnPath('apt-get')
  );
}

function isUbuntu() {
  return existsSync('/etc/os-release') && /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** @param {string} program */
function isOnPath(program) {
  const dirs = [...(process.env.PATH ?? '').split(delimiter), ...EXTRA_PROGRAM_DIRS];
  return dirs.some((dir) => {
    try {
      accessSync(join(dir, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {readonly SystemPackage[]} missing */
function formulas(missing) {
  return [...new Set(missing.flatMap(({ brew }) => brew ?? []))];
}
