import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { HostFacts } from '@vmrs/applevz-addon';
import { parseHostReport } from '../control/host-report.ts';
import { hypervisorError, messageOf } from '../errors.ts';
import type { HostExecutable } from '../prepare-host/index.ts';
import { hostArguments } from '../program.ts';

const run = promisify(execFile);

/** The first start of an executable is checked by macOS, which takes its time. */
const DEADLINE_MS = 30_000;

/** Asks what the framework allows a host executable. Throws `HYPERVISOR` with what it said instead. */
export async function askFacts({ path, env }: HostExecutable, addon: string | null): Promise<HostFacts> {
  const args = hostArguments(['--facts', ...(addon === null ? [] : ['--addon', addon])]);
  const report = await output(path, args, env).catch((error: unknown) => {
    // One that cannot load the addon says so in its report, and fails.
    if (error instanceof Error && 'stdout' in error && String(error.stdout).trim() !== '') return String(error.stdout);
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw failed(path, said === '' ? messageOf(error) : said, error);
  });
  const parsed = parseHostReport(report.trim());
  if ('problem' in parsed) throw failed(path, parsed.problem);
  if ('facts' in parsed.value) return parsed.value.facts;
  const findings = parsed.value.findings.map((finding) => `${finding.path}: ${finding.problem}`);
  throw failed(path, `it cannot load the addon: ${findings.join('; ')}`);
}

async function output(path: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await run(path, [...args], {
    env: { ...process.env, ...env },
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
  });
  return stdout;
}

function failed(path: string, why: string, cause?: unknown): Error {
  const detail = `'${path}' cannot say what Virtualization.framework allows it: ${why}`;
  return hypervisorError('facts', detail, cause === undefined ? {} : { cause });
}
