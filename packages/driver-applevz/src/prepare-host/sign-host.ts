import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ENTITLEMENT, ENTITLEMENTS_PLIST, grantedEntitlements } from './entitlement.ts';
import { preparationError } from './preparation-error.ts';
import { describeEnd, type ProgramEnd, runProgram } from './run-program.ts';
import type { PrepareTools } from './tools.ts';

/** What signing goes by. */
export interface SignOptions {
  readonly tools: Required<PrepareTools>;
  /** Milliseconds that each program may take. */
  readonly timeoutMs: number;
  readonly vm?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const COMMAND_LINE_TOOLS = 'install the Command Line Tools with `xcode-select --install`';
const QUARANTINE = 'com.apple.quarantine';

/** Takes the quarantine attribute off a file, with which macOS refuses to run it. Returns in words how that went: without it nothing is lost yet. */
export async function liftQuarantine(file: string, { tools, timeoutMs, signal }: SignOptions): Promise<string> {
  const end = await runProgram(tools.xattr, ['-d', QUARANTINE, file], { timeoutMs, signal });
  if (end.kind === 'ended' && end.code === 0) return 'removed';
  if (end.kind === 'ended' && /no such xattr/i.test(end.stderr)) return 'there was none';
  return `not removed: '${tools.xattr}' ${describeEnd(end)}`;
}

/**
 * Signs a fresh file ad hoc with the one entitlement, without the hardened runtime: an ad-hoc signature with it may load no addon. Never to be used on a file that was
 * run or is to be replaced: macOS remembers signatures by file and kills the next process of a changed one. Throws `PREFLIGHT_FAILED`.
 */
export async function signHost(executable: string, folder: string, options: SignOptions): Promise<void> {
  const plist = join(folder, 'entitlements.plist');
  await writeFile(plist, ENTITLEMENTS_PLIST, { mode: 0o600, flag: 'wx' });
  const args = ['--force', '--sign', '-', '--entitlements', plist, executable];
  const end = await runCodesign(args, options);
  if (end.kind !== 'ended' || end.code !== 0) throw signingError(end, executable, options);
}

/** Checks that a file is signed with the one entitlement and no other. Throws `PREFLIGHT_FAILED`. */
export async function checkSignature(executable: string, options: SignOptions): Promise<void> {
  const end = await runCodesign(['-d', '--entitlements', '-', '--xml', executable], options);
  if (end.kind !== 'ended' || end.code !== 0) throw signingError(end, executable, options);
  const granted = grantedEntitlements(end.stdout);
  if (granted.length === 1 && granted[0] === ENTITLEMENT) return;
  const has = granted.length === 0 ? 'none' : granted.join(', ');
  const message = `the signed copy should have the entitlement ${ENTITLEMENT} only, and has: ${has}`;
  const fix = `look at it: codesign -d --entitlements - --xml <the node>; name another node with hostNode, or an entitled program with hostPath`;
  throw preparationError({ path: 'codesign', message, fix }, { vm: options.vm });
}

function runCodesign(args: readonly string[], { tools, timeoutMs, signal }: SignOptions): Promise<ProgramEnd> {
  return runProgram(tools.codesign, args, { timeoutMs, signal });
}

function signingError(end: ProgramEnd, executable: string, { tools, vm }: SignOptions): Error {
  const message = `'${tools.codesign}' cannot sign a copy of node ('${executable}'): it ${describeEnd(end)}`;
  const cause = end.kind === 'not-started' ? end.cause : undefined;
  return preparationError({ path: 'codesign', message, fix: signingFix(end) }, { vm, cause });
}

function signingFix(end: ProgramEnd): string {
  if (end.kind === 'endless') return 'another program may keep it waiting; try again';
  const said = end.kind === 'ended' ? end.stderr : '';
  if (/no space left/i.test(said)) return 'free some space, or choose another cache folder with VMRS_CACHE';
  if (/resource fork|detritus/i.test(said)) return 'take the extended attributes off the node: xattr -c <the node>';
  if (end.kind === 'not-started' || /codesign_allocate|xcrun|xcode-select/i.test(said)) return COMMAND_LINE_TOOLS;
  return `${COMMAND_LINE_TOOLS}; on a managed Mac signing may be forbidden: then name an entitled program with hostPath`;
}
