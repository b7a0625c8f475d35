import { ENTITLEMENT } from './entitlement.ts';
import { preparationError } from './preparation-error.ts';
import { describeEnd, type ProgramEnd, runProgram } from './run-program.ts';

/** How the copy is tried. */
export interface SelfTestOptions {
  /** What makes a Node.js the host program. */
  readonly program: readonly string[];
  /** Path of the addon, when it was chosen. */
  readonly addon?: string | undefined;
  readonly timeoutMs: number;
  /** What became of the quarantine attribute, for the error. */
  readonly quarantine: string;
  readonly vm?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How an executable answers when it is asked, as the host program, what it may do. */
export type HostAnswer =
  | { readonly kind: 'facts'; readonly entitled: boolean; readonly facts: Readonly<Record<string, unknown>> }
  | { readonly kind: 'silent'; readonly end: ProgramEnd };

const HOST_PATH = 'name an executable that is signed with the entitlement with hostPath or VMRS_APPLEVZ_HOST';

/** Runs `executable` as the host program with `--facts`. Rejects only with the signal's reason. */
export async function askHost(
  executable: string,
  { program, addon, timeoutMs, signal }: Pick<SelfTestOptions, 'program' | 'addon' | 'timeoutMs' | 'signal'>,
): Promise<HostAnswer> {
  const args = [...program, '--facts', ...(addon === undefined ? [] : ['--addon', addon])];
  const env = { ...process.env };
  // Of the node that was copied nothing else changes what it does.
  delete env['NODE_OPTIONS'];
  const end = await runProgram(executable, args, { timeoutMs, env, signal });
  const facts = end.kind === 'ended' && end.code === 0 ? parseFacts(end.stdout) : null;
  return facts === null ? { kind: 'silent', end } : { kind: 'facts', entitled: facts.entitled, facts };
}

/** Checks by a run that a signed copy starts, loads the addon and has the entitlement. Throws `PREFLIGHT_FAILED` with what to do. */
export async function selfTest(executable: string, options: SelfTestOptions): Promise<void> {
  const answer = await askHost(executable, options);
  if (answer.kind === 'facts' && answer.entitled) return;
  const { vm } = options;
  if (answer.kind === 'silent') {
    const message = `the signed copy of node does not run as a host: it ${describeEnd(answer.end)}`;
    const cause = answer.end.kind === 'not-started' ? answer.end.cause : undefined;
    throw preparationError({ path: 'host', message, fix: fixFor(answer.end, options) }, { vm, cause });
  }
  const message = `the copy is signed with ${ENTITLEMENT}, and macOS does not grant it`;
  const fix = `a managed Mac may forbid it to ad-hoc signatures; ask its administrator, or ${HOST_PATH}`;
  throw preparationError({ path: 'host', message, fix }, { vm });
}

function parseFacts(output: string): (Readonly<Record<string, unknown>> & { readonly entitled: boolean }) | null {
  const line = output.trim().split('\n').at(-1) ?? '';
  try {
    const value: unknown = JSON.parse(line);
    return hasEntitled(value) ? value : null;
  } catch {
    return null;
  }
}

function hasEntitled(value: unknown): value is Readonly<Record<string, unknown>> & { readonly entitled: boolean } {
  return typeof value === 'object' && value !== null && 'entitled' in value && typeof value.entitled === 'boolean';
}

function fixFor(end: ProgramEnd, { quarantine }: SelfTestOptions): string {
  const said = end.kind === 'ended' ? `${end.stderr}\n${end.stdout}` : '';
  if (/library not loaded|image not found|dyld/i.test(said)) {
    return 'a library of that node is missing; reinstall it, or name another node with hostNode (the one of nodejs.org needs no libraries)';
  }
  if (/team id|library validation|code signature/i.test(said)) {
    return 'the addon is not accepted by the copy; take the quarantine attribute off the folder of @vmrs/applevz-addon: xattr -dr com.apple.quarantine <folder>';
  }
  if (end.kind === 'ended' && end.signal === 'SIGKILL') {
    return `macOS kills it (in Console: "Code Signature Invalid"): the signature is refused, as managed Macs do with ad-hoc ones; ask the administrator, or ${HOST_PATH}. Quarantine attribute: ${quarantine}`;
  }
  if (end.kind === 'not-started') {
    return `macOS does not let it start: a managed Mac, or quarantine (attribute: ${quarantine}); ${HOST_PATH}`;
  }
  if (end.kind === 'endless') return 'macOS may still be checking it; try again';
  return 'see what it says; `vmrs-applevz doctor` tells where the addon was looked for';
}
