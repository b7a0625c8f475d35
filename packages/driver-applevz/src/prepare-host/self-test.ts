import type { AddonFinding } from '@vmrs/applevz-addon';
import type { Problem } from '@vmrs/core/driver';
import { type HostReport, parseHostReport } from '../control/host-report.ts';
import { ENTITLEMENT } from './entitlement.ts';
import { preparationError } from './preparation-error.ts';
import { describeEnd, type ProgramEnd, runProgram } from './run-program.ts';

/** How the copy is tried. */
export interface SelfTestOptions {
  /** Arguments that make a Node.js the host program. */
  readonly program: readonly string[];
  /** Path of the addon, when it was chosen. */
  readonly addon?: string | undefined;
  readonly timeoutMs: number;
  /** What became of the quarantine attribute, for the error. */
  readonly quarantine: string;
  readonly vm?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const HOST_PATH = 'name an executable that is signed with the entitlement with hostPath or VMRS_APPLEVZ_HOST';

/** Checks by a run as the host program that a signed copy starts, loads the addon and has the entitlement. Throws `PREFLIGHT_FAILED` with what to do. */
export async function selfTest(executable: string, options: SelfTestOptions): Promise<void> {
  const { program, addon, timeoutMs, signal, vm } = options;
  const args = [...program, '--facts', ...(addon === undefined ? [] : ['--addon', addon])];
  const end = await runProgram(executable, args, { timeoutMs, env: withoutNodeOptions(), signal });
  const report = reportOf(end);
  if (report === null) {
    const message = `the signed copy of node does not run as a host: it ${describeEnd(end)}`;
    const cause = end.kind === 'not-started' ? end.cause : undefined;
    throw preparationError({ path: 'host', message, fix: fixFor(end, options) }, { vm, cause });
  }
  if ('findings' in report) throw preparationError(addonProblem(report.findings), { vm });
  if (report.facts.entitled) return;
  const message = `the copy is signed with ${ENTITLEMENT}, and macOS does not grant it`;
  const fix = `a managed Mac may forbid it to ad-hoc signatures; ask its administrator, or ${HOST_PATH}`;
  throw preparationError({ path: 'host', message, fix }, { vm });
}

/** They may be meant for the program that runs this, and keep another from starting. */
function withoutNodeOptions(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  delete env['NODE_OPTIONS'];
  return env;
}

function reportOf(end: ProgramEnd): HostReport | null {
  if (end.kind !== 'ended') return null;
  const parsed = parseHostReport(end.stdout.trim());
  return 'value' in parsed ? parsed.value : null;
}

function addonProblem(findings: readonly AddonFinding[]): Problem {
  const places = findings.map(({ path, problem }) => (path === '' ? problem : `'${path}': ${problem}`)).join('; ');
  const message = `the signed copy of node cannot load the addon: ${places}`;
  if (/team id|library validation|code signature/i.test(places)) {
    const fix =
      'take the quarantine attribute off the folder of @vmrs/applevz-addon: xattr -dr com.apple.quarantine <folder>';
    return { path: 'addon', message, fix };
  }
  return {
    path: 'addon',
    message,
    fix: 'reinstall @vmrs/applevz-addon; `vmrs-applevz doctor` tells the same for this node',
  };
}

function fixFor(end: ProgramEnd, { quarantine }: SelfTestOptions): string {
  const said = end.kind === 'ended' ? `${end.stderr}\n${end.stdout}` : '';
  if (/library not loaded|dyld/i.test(said)) {
    return 'a library of that node is missing; reinstall it, or name another node with hostNode (the one of nodejs.org is a single file)';
  }
  if (end.kind === 'ended' && end.signal === 'SIGKILL') {
    return `macOS kills it (in Console: "Code Signature Invalid"): it refuses the signature, as managed Macs do with ad-hoc ones; ask the administrator, or ${HOST_PATH}. Quarantine attribute: ${quarantine}`;
  }
  if (end.kind === 'not-started') {
    return `macOS does not let it start: a managed Mac, or quarantine (attribute: ${quarantine}); ${HOST_PATH}`;
  }
  if (end.kind === 'endless') return 'macOS may still be checking it; try again';
  return `see what it says; name another node with hostNode, or ${HOST_PATH}`;
}
