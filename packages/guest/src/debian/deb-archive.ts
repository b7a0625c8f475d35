import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { abortedError, GuestError } from '../errors/guest-error.ts';
import { type Compression, decompressStream } from '../util/compression.ts';
import { type ArMember, listArMembers } from './ar-archive.ts';
import { type ControlFields, parseControl } from './control-file.ts';

const COMPRESSION_BY_SUFFIX: ReadonlyMap<string, Compression> = new Map([
  ['', 'none'],
  ['.gz', 'gzip'],
  ['.xz', 'xz'],
  ['.zst', 'zstd'],
]);

/** A regular file of a package. */
export interface DebFile {
  /** Path inside the package, without a leading `./`, such as `boot/vmlinuz-6.1.0-56-cloud-amd64`. */
  readonly path: string;
  readonly mode: number;
  readonly body: Buffer;
}

/**
 * Unpacks the selected regular files of a `.deb` into memory, without dpkg and without installing anything.
 *
 * @param select is asked once for every regular file of the package
 * @returns the selected files in the package's order
 * @throws `NOT_FOUND`, `BAD_FORMAT`, `UNSUPPORTED` (unknown compression), `ABORTED`
 */
export async function unpackDeb(
  path: string,
  select: (path: string) => boolean,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<DebFile[]> {
  return await unpackMember(path, 'data.tar', select, options.signal);
}

/** Reads the control fields (`Package`, `Version`, `Architecture`, ...) of a `.deb`. Throws as `unpackDeb` does. */
export async function readDebControl(
  path: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<ControlFields> {
  const [control] = await unpackMember(path, 'control.tar', (name) => name === 'control', options.signal);
  if (control === undefined) throw new GuestError('BAD_FORMAT', `"${path}" has no control file`);
  return parseControl(control.body.toString('utf8'));
}

async function unpackMember(
  path: string,
  stem: string,
  select: (path: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<DebFile[]> {
  const member = (await listArMembers(path)).find(({ name }) => name.startsWith(stem));
  if (member === undefined) throw new GuestError('BAD_FORMAT', `"${path}" is not a Debian package: no ${stem} in it`);
  const compression = compressionOfMember(path, member, stem);
  const source = createReadStream(path, { start: member.offset, end: member.offset + member.size - 1 });
  const { extract: createExtract } = await import('tar-stream');
  const extract = createExtract();
  const files: DebFile[] = [];
  extract.on('entry', (header, body, next) => {
    const name = header.name.replace(/^\.?\//, '');
    if (header.type !== 'file' || !select(name)) {
      body.once('end', next).resume();
      return;
    }
    const chunks: Buffer[] = [];
    body.on('data', (chunk: unknown) => {
      if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    });
    body.once('end', () => {
      files.push({ path: name, mode: header.mode ?? 0o644, body: Buffer.concat(chunks) });
      next();
    });
  });
  try {
    await pipeline(await decompressStream(compression, source), extract, { ...(signal && { signal }) });
  } catch (cause) {
    if (signal?.aborted) throw abortedError(`unpacking "${path}"`, signal.reason);
    throw new GuestError('BAD_FORMAT', `"${path}" is damaged: its ${member.name} cannot be unpacked`, { cause });
  } finally {
    source.destroy();
  }
  return files;
}

function compressionOfMember(path: string, member: ArMember, stem: string): Compression {
  const suffix = member.name.slice(stem.length);
  const compression = COMPRESSION_BY_SUFFIX.get(suffix);
  if (compression === undefined) {
    throw new GuestError('UNSUPPORTED', `"${path}" holds ${member.name}: only .gz, .xz, .zst and none are known`);
  }
  return compression;
}
