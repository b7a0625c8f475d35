import type { HostIdentity, TableEntry, Unknown } from './process-lookup.ts';

// Without native code macOS tells the start of a process to the second only. That is enough together with pid and boot
// session: macOS hands pids out in ascending order and wraps at 99,999, so the same pid twice in one second would take
// a hundred thousand forks within it.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The fixed language and time zone in which `ps` is asked and {@link parsePsLine} reads. */
const FIXED_FORM = { LC_ALL: 'C', TZ: 'UTC' };

/** Reads one line of `ps -o stat=,lstart=` in the C locale and UTC, such as `Ss   Sat Nov 21 05:40:00 2026`; null when it is none. */
export function parsePsLine(line: string): { readonly zombie: boolean; readonly startTime: string } | null {
  const match = /^\s*(\S+)\s+\w{3} (\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})\s*$/.exec(line);
  if (match === null) return null;
  const [, state = '', monthName = '', day, hour, minute, second, year] = match;
  const month = MONTHS.indexOf(monthName);
  if (month < 0) return null;
  const startMs = Date.UTC(Number(year), month, Number(day), Number(hour), Number(minute), Number(second));
  return { zombie: state.startsWith('Z'), startTime: String(startMs * 1000) };
}

/** Reads `sysctl -n kern.bootsessionuuid`; null when it is no UUID. */
export function parseBootSession(text: string): string | null {
  return /^[0-9A-F-]{36}$/i.test(text.trim()) ? text.trim().toLowerCase() : null;
}

/** The boot session; macOS has no pid namespaces. */
export async function darwinHost(): Promise<HostIdentity> {
  const { execa } = await import('execa');
  const answer = await execa('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { reject: false, stdin: 'ignore' });
  const bootId = answer.failed ? null : parseBootSession(answer.stdout);
  if (bootId === null) return unknown('sysctl does not tell kern.bootsessionuuid', answer.failed ? answer : undefined);
  return { status: 'known', bootId, pidNamespace: '' };
}

/** Asks `ps` for one pid. */
export async function findDarwinProcess(pid: number): Promise<TableEntry> {
  const { execa } = await import('execa');
  const args = ['-o', 'stat=,lstart=', '-p', String(pid)];
  const answer = await execa('/bin/ps', args, { reject: false, stdin: 'ignore', env: FIXED_FORM });
  if (answer.exitCode === 1 && answer.stdout.trim() === '' && answer.stderr.trim() === '') return { status: 'gone' };
  const found = answer.failed ? null : parsePsLine(answer.stdout);
  if (found === null) return unknown(`ps does not tell about process ${pid}`, answer.failed ? answer : undefined);
  return { status: found.zombie ? 'zombie' : 'alive', startTime: found.startTime };
}

function unknown(reason: string, cause?: unknown): Unknown {
  return { status: 'unknown', reason, ...(cause === undefined ? {} : { cause }) };
}
