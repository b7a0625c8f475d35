import type { ChDialect } from './versions.ts';

/** The options of the process. Those that describe a VM are taken by the API only, but for the kernel of a trial. */
export interface ChOptions {
  readonly apiSocket: string | null;
  readonly eventMonitor: string | null;
  readonly logFile: string | null;
  /** How often `-v` was given. */
  readonly verbosity: number;
  /** A kernel to boot at once. */
  readonly kernel: string | null;
}

/** What to do with a command line: run, print and end, or fail as clap does. */
export type CommandLine = { readonly run: ChOptions } | { readonly print: string } | { readonly fail: string };

/** Options with a value, of those that matter to a driver; each takes several values at once. From `create_app` in `cloud-hypervisor/src/main.rs`. */
const WITH_VALUE: readonly string[] = [
  ...['--api-socket', '--event-monitor', '--log-file', '--seccomp', '--kernel', '--cpus', '--memory'],
  ...['--serial', '--console', '--cmdline', '--initramfs', '--disk', '--net', '--fs', '--restore'],
];
/** Options of which several values follow one flag. */
const LISTS: readonly string[] = ['--disk', '--net', '--fs'];

/** Reads the arguments as Cloud Hypervisor of that version does. Pure. */
export function readCommandLine(args: readonly string[], version: string, dialect: ChDialect): CommandLine {
  if (args.length === 0) return { print: 'Launch a cloud-hypervisor VMM.\n\nUsage: cloud-hypervisor [OPTIONS]\n' };
  if (args.some((arg) => arg === '--version' || arg === '-V')) return { print: versionText(version, dialect) };
  const values = new Map<string, string[]>();
  let verbosity = 0;
  for (let index = 0; index < args.length; index += 1) {
    const flag = args[index] ?? '';
    if (/^-v+$/.test(flag)) {
      verbosity += flag.length - 1;
      continue;
    }
    if (!WITH_VALUE.includes(flag)) return { fail: `error: unexpected argument '${flag}' found` };
    const known = values.get(flag);
    if (known !== undefined && !(LISTS.includes(flag) && dialect.repeatsFlags)) {
      return { fail: `error: the argument '${flag} <...>' cannot be used multiple times` };
    }
    const own: string[] = known ?? [];
    const most = LISTS.includes(flag) ? Number.POSITIVE_INFINITY : own.length + 1;
    while (own.length < most && args[index + 1] !== undefined && !args[index + 1]?.startsWith('-')) {
      index += 1;
      own.push(args[index] ?? '');
    }
    if (own.length === 0) return { fail: `error: a value is required for '${flag} <...>' but none was supplied` };
    values.set(flag, own);
  }
  const one = (flag: string): string | null => values.get(flag)?.[0] ?? null;
  const seccomp = one('--seccomp');
  const modes = ['true', 'false', 'log', ...(dialect.seccompErrno ? ['errno'] : [])];
  if (seccomp !== null && !modes.includes(seccomp)) {
    return {
      fail: `error: invalid value '${seccomp}' for '--seccomp <seccomp>'\n  [possible values: ${modes.join(', ')}]`,
    };
  }
  return {
    run: {
      apiSocket: pathOf(one('--api-socket')),
      eventMonitor: pathOf(one('--event-monitor')),
      logFile: one('--log-file'),
      verbosity,
      kernel: one('--kernel'),
    },
  };
}

/** Newer builds add a line about migration. */
function versionText(version: string, { major }: ChDialect): string {
  return `cloud-hypervisor ${version}\n${major >= 53 ? 'Migration Protocol Versions: 0\n' : ''}`;
}

/** `path=...` or a bare path. The option parser splits at commas, and what follows one is lost without a word. */
function pathOf(value: string | null): string | null {
  return value?.replace(/^path=/, '').split(',')[0] ?? null;
}
