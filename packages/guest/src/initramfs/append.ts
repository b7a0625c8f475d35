import { NewcWriter } from '../cpio/newc-writer.ts';
import { GuestError } from '../errors/guest-error.ts';

/** A file to add to an initramfs. */
export interface ExtraFile {
  /** Place in the guest, such as `/etc/vmrs/token`. */
  readonly path: string;
  readonly body: Uint8Array | string;
  /** Default: 0600, readable by the guest's root alone. */
  readonly mode?: number | undefined;
}

/**
 * Adds files to an initramfs by appending a second archive, which the kernel unpacks over the first. It takes no time,
 * works on compressed images too, and is the way for secrets: the kernel command line can be read by every process of
 * the guest and often by the host's users.
 *
 * @returns a new image; the given one is not changed
 * @throws `INVALID_INPUT` for a path that is not plain or that is given twice
 */
export function appendToInitramfs(initramfs: Uint8Array, files: readonly ExtraFile[]): Buffer {
  const cpio = new NewcWriter();
  for (const { path, body, mode } of files) cpio.file(path, body, mode ?? 0o600);
  // An archive must begin at a multiple of four bytes; the kernel skips zeros between two of them.
  const padding = Buffer.alloc((4 - (initramfs.length % 4)) % 4);
  return Buffer.concat([initramfs, padding, cpio.finish()]);
}

/** The program that the guest runs once it is ready. */
export interface Workload {
  /** Program and arguments, handed over as they are. The program is an absolute path or a name on the guest's PATH. */
  readonly argv: readonly string[];
  /** Environment; it also gets PATH, HOME and TERM. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Working directory, absolute. Default: `/root`. */
  readonly cwd?: string | undefined;
}

/**
 * The files that make the guest run a program after its readiness marker, for `appendToInitramfs`. Its output goes to
 * the console; its end is reported there as `VMRS_EXIT <code>`.
 *
 * @throws `INVALID_INPUT` listing everything that is wrong
 */
export function workloadFiles(workload: Workload): ExtraFile[] {
  const problems = workloadProblems(workload);
  if (problems.length > 0) {
    throw new GuestError('INVALID_INPUT', `the workload is not valid: ${problems.join('; ')}`, { problems });
  }
  const folder = '/etc/vmrs/workload';
  const env = Object.entries(workload.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const files: ExtraFile[] = [{ path: `${folder}/argv`, body: nulTerminated(workload.argv) }];
  if (env.length > 0) files.push({ path: `${folder}/env`, body: nulTerminated(env) });
  if (workload.cwd !== undefined) files.push({ path: `${folder}/cwd`, body: nulTerminated([workload.cwd]) });
  return files;
}

function workloadProblems({ argv, env = {}, cwd }: Workload): string[] {
  const problems: string[] = [];
  const [program = ''] = argv;
  // "env" in the guest would take a leading dash for an option and an equals sign for a variable.
  if (!/^[^-=][^=]*$/.test(program)) problems.push('argv must begin with the name or path of a program');
  if (argv.some((word) => word.includes('\0'))) problems.push('argv must not contain NUL');
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) problems.push(`env: "${name}" is not the name of a variable`);
    if (value.includes('\0')) problems.push(`env.${name} must not contain NUL`);
  }
  if (cwd !== undefined && (!cwd.startsWith('/') || cwd.includes('\0'))) problems.push('cwd must be an absolute path');
  return problems;
}

function nulTerminated(words: readonly string[]): string {
  return words.map((word) => `${word}\0`).join('');
}
