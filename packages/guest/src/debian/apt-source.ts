import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { abortedError, GuestError } from '../errors/guest-error.ts';
import type { DebianArch } from '../util/architecture.ts';
import { hasErrorCode } from '../util/error-code.ts';
import type { AvailablePackage, PackageSource, TransferOptions } from './package-source.ts';
import { availablePackage } from './package-stanza.ts';

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Packages through this host's apt: its own mirrors, its own keys, nothing installed and no root needed.
 *
 * `find` reads apt's lists as they are. It never runs `apt-get update`, because that changes the host; a message says
 * when it is needed. Errors: `NOT_FOUND`, `TOOL_FAILED`, `ABORTED`.
 */
export function aptSource(arch: DebianArch): PackageSource {
  return {
    id: 'apt',
    async find(name, version, { signal }) {
      await requireArchitecture(arch, signal);
      const spec = `${name}:${arch}${version === undefined ? '' : `=${version}`}`;
      const args = ['show', '--no-all-versions', '--', spec];
      const output = await run('apt-cache', args, signal).catch((error: unknown) => {
        if (!(error instanceof GuestError) || error.code !== 'TOOL_FAILED') throw error;
        throw new GuestError(
          'NOT_FOUND',
          `apt does not know the package ${spec}: run "apt-get update", or use a Debian mirror instead of apt`,
          { cause: error },
        );
      });
      return availablePackage(output.split('\n\n')[0] ?? '', arch, 'apt');
    },
    async download(wanted, path, { signal }) {
      // apt-get names the file itself, so it gets a folder of its own.
      const folder = `${path}.apt`;
      await mkdir(folder);
      try {
        await run('apt-get', ['-qq', 'download', '--', specOf(wanted)], signal, folder);
        const file = (await readdir(folder)).find((entry) => entry.endsWith('.deb'));
        if (file === undefined) throw new GuestError('TOOL_FAILED', `apt-get brought no file for ${specOf(wanted)}`);
        await rename(join(folder, file), path);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function specOf({ name, arch, version }: AvailablePackage): string {
  return `${name}:${arch}=${version}`;
}

async function requireArchitecture(arch: DebianArch, signal: AbortSignal | undefined): Promise<void> {
  const native = await run('dpkg', ['--print-architecture'], signal);
  const foreign = await run('dpkg', ['--print-foreign-architectures'], signal);
  if (`${native}\n${foreign}`.split(/\s+/).includes(arch)) return;
  throw new GuestError(
    'NOT_FOUND',
    `apt on this host serves no ${arch} packages: run "dpkg --add-architecture ${arch} && apt-get update", or use a ` +
      'Debian mirror instead of apt',
  );
}

async function run(
  program: string,
  args: readonly string[],
  signal: TransferOptions['signal'],
  cwd?: string,
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, [...args], {
      // Messages and field names in English, whatever the user's language.
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: MAX_OUTPUT_BYTES,
      ...(cwd !== undefined && { cwd }),
      ...(signal && { signal }),
    });
    return stdout;
  } catch (cause) {
    if (signal?.aborted) throw abortedError(`running ${program}`, signal.reason);
    if (hasErrorCode(cause, 'ENOENT')) {
      throw new GuestError('NOT_FOUND', `this host has no ${program}: use a Debian mirror instead of apt`, { cause });
    }
    throw new GuestError('TOOL_FAILED', `${program} ${args.join(' ')} failed: ${lastWords(cause)}`, { cause });
  }
}

function lastWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stderr = 'stderr' in error ? String(error.stderr).trim() : '';
  return stderr === '' ? error.message : stderr;
}
