import { type Evidence, isVmError, type Problem, type VmError } from '@vmrs/core';
import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { UsageError } from './usage-error.ts';

/** An error as it is told: what happened, everything that is known, and what to do. Also its form under `--json`. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
  readonly vm?: string;
  /** Every single problem, when there are several. */
  readonly problems: readonly Problem[];
  /** What to do about it. */
  readonly fixes: readonly string[];
  /** The last lines of the guest's console, and of the VMM's log. */
  readonly console: readonly string[];
  readonly vmmLog: readonly string[];
}

const NOTHING = { problems: [], fixes: [], console: [], vmmLog: [] } as const;

/** Any error as a {@link Failure}. */
export function failureOf(error: unknown): Failure {
  if (isVmError(error)) return ofVmError(error);
  if (error instanceof UsageError || error instanceof CommanderError) return usage(error.message);
  const message = error instanceof Error ? error.message : String(error);
  if (isGuestError(error))
    return { ...NOTHING, code: 'GUEST', message, exitCode: EXIT.guest, fixes: guestFix(error.code) };
  const fixes = ['set VMRS_DEBUG=1 to see where it comes from, and report it'];
  return { ...NOTHING, code: 'UNEXPECTED', message, exitCode: EXIT.unexpected, fixes };
}

function usage(message: string): Failure {
  return { ...NOTHING, code: 'USAGE', message: message.replace(/^error: /, ''), exitCode: EXIT.usage };
}

function ofVmError(error: VmError): Failure {
  const details: unknown = error.details;
  const {
    problems = [],
    candidates = [],
    evidence = details,
  } = details as Partial<{
    problems: readonly Problem[];
    candidates: readonly { readonly id: string; readonly reason: string; readonly fix?: string }[];
    evidence: Partial<Evidence>;
  }>;
  const { consoleTail = [], vmmLogTail = [] } = evidence as Partial<Evidence>;
  const refused = candidates.map(({ id, reason, fix }): Problem => {
    return { path: id, message: reason, ...(fix === undefined ? {} : { fix }) };
  });
  return {
    code: error.code,
    message: error.message,
    exitCode: exitCodeOf(error.code),
    ...(error.vm === undefined ? {} : { vm: error.vm }),
    problems: [...problems, ...refused],
    fixes: vmFixes(error),
    console: consoleTail,
    vmmLog: vmmLogTail,
  };
}

function vmFixes(error: VmError): readonly string[] {
  const vm = error.vm ?? '<vm>';
  switch (error.code) {
    case 'NO_DRIVER':
      return ['vmrs doctor'];
    case 'NOT_FOUND':
      return ['vmrs ls'];
    case 'ALREADY_EXISTS':
      return [`choose another --name, or end that one: vmrs stop ${vm}`];
    case 'STOP_FAILED':
      return [`vmrs kill ${vm}, or vmrs rm --force ${vm}`];
    case 'TIMEOUT':
      return isVmError(error, 'TIMEOUT') && error.details.operation === 'ready'
        ? ['give it longer with --timeout, or do not wait for readiness with --no-wait']
        : [];
    default:
      return [];
  }
}

function guestFix(code: string): readonly string[] {
  return code === 'DOWNLOAD_FAILED' || code === 'TOOL_FAILED'
    ? ['check the network, or give a kernel of your own: --kernel, --initramfs']
    : [];
}

/** By name: `@vmrs/guest` is loaded only where it is needed. */
function isGuestError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && error.name === 'GuestError' && 'code' in error;
}
