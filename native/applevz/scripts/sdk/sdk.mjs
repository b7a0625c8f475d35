// @ts-check
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runQuietly } from '../../../../scripts/lib/run.mjs';
import { ScriptError } from '../../../../scripts/lib/say.mjs';

/** @typedef {{ root: string, version: string, clang: string, nm: string }} Sdk */

/** The newest macOS whose API the sources use; what an older SDK lacks of it is declared in newer_api.h. */
const NEWEST = 26;

/**
 * @param {string} root
 * @returns {Promise<Sdk>}
 */
export async function openSdk(root) {
  const framework = join(root, 'System/Library/Frameworks/Virtualization.framework/Headers/Virtualization.h');
  await access(framework).catch((cause) => {
    throw new ScriptError(`SDKROOT=${root} holds no headers of Virtualization.framework`, { cause });
  });
  const settings = JSON.parse(await readFile(join(root, 'SDKSettings.json'), 'utf8'));
  const clang = process.env['CLANG'] ?? (await firstThatRuns(['clang++-19', 'clang++-18', 'clang++-16', 'clang++']));
  const suffix = /clang\+\+(-\d+)?$/.exec(clang)?.[1] ?? '';
  return { root, version: settings.Version, clang, nm: await firstThatRuns([`llvm-nm${suffix}`, 'llvm-nm', 'nm']) };
}

/** @param {Sdk} sdk */
export function isOlderThanTheSources(sdk) {
  return Number(sdk.version.split('.')[0]) < NEWEST;
}

/** Flags that declare what the SDK lacks. @param {Sdk} sdk @returns {string[]} */
export function newerApiFlags(sdk) {
  return isOlderThanTheSources(sdk) ? ['-include', join(import.meta.dirname, 'newer_api.h')] : [];
}

/** Flags by which clang compiles against the SDK. @param {Sdk} sdk @param {string} target */
export function sdkFlags(sdk, target) {
  return [
    `--target=${target}`,
    '-isysroot',
    sdk.root,
    // Its own C++ library: another one would ask for symbols that it does not have.
    '-nostdinc++',
    '-isystem',
    join(sdk.root, 'usr/include/c++/v1'),
  ];
}

/**
 * Runs a program; its output is the error when it fails.
 * @param {string} command @param {readonly string[]} args @returns {Promise<string>}
 */
export async function mustRun(command, args) {
  const { code, output } = await runQuietly(command, args);
  if (code !== 0) throw new ScriptError(`'${command}' ended with code ${code}:\n${output.trim()}`);
  return output;
}

/** @param {readonly string[]} commands */
async function firstThatRuns(commands) {
  for (const command of commands) {
    const result = await runQuietly(command, ['--version']).catch(() => null);
    if (result?.code === 0) return command;
  }
  throw new ScriptError(`none of these is installed: ${commands.join(', ')}`);
}
