import { readFile } from 'node:fs/promises';

/** The paths on which something is mounted, as this process sees them. Throws the system's error. */
export async function mountPoints(): Promise<readonly string[]> {
  if (process.platform === 'linux') return parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
  const { execa } = await import('execa');
  const { stdout } = await execa('/sbin/mount', { stdin: 'ignore', env: { LC_ALL: 'C' } });
  return parseMountOutput(stdout);
}

/** Whether something is mounted on `directory` or beneath it. */
export function mountedAtOrBelow(directory: string, points: readonly string[]): string | undefined {
  return points.find((point) => point === directory || point.startsWith(`${directory}/`));
}

/** Reads `/proc/self/mountinfo`: field 5, with blanks and the like as octal escapes (proc_pid_mountinfo(5)). */
export function parseMountInfo(text: string): string[] {
  const fields = text.split('\n').map((line) => line.split(' ')[4] ?? '');
  return fields.filter((field) => field !== '').map(unescapeOctal);
}

/** Reads the output of macOS's `mount`: `/dev/disk3s5 on /System/Volumes/Data (apfs, local)`. */
export function parseMountOutput(text: string): string[] {
  return text.split('\n').flatMap((line) => / on (\/.*) \([^()]*\)$/.exec(line)?.[1] ?? []);
}

function unescapeOctal(field: string): string {
  if (!field.includes('\\')) return field;
  const bytes = Buffer.from(field, 'utf8').toString('latin1');
  const plain = bytes.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return Buffer.from(plain, 'latin1').toString('utf8');
}
