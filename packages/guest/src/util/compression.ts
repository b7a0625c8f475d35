import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ReadableStream } from 'node:stream/web';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { GuestError } from '../errors/guest-error.ts';

/** Compressions that Debian packages, kernel images and kernel modules come in. */
export type Compression = 'none' | 'gzip' | 'xz' | 'zstd';

const MAGICS: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
];

/** The compression of some bytes by their magic number; `none` for everything else. */
export function compressionOf(head: Uint8Array): Compression {
  const found = MAGICS.find(([, magic]) => magic.every((byte, index) => head[index] === byte));
  return found?.[0] ?? 'none';
}

/** A stream of the decompressed bytes. Damaged input shows as an `error` event. */
export async function decompressStream(compression: Compression, source: Readable): Promise<Readable> {
  switch (compression) {
    case 'none':
      return source;
    case 'gzip':
      return pipeWithErrors(source, createGunzip());
    case 'zstd':
      return pipeWithErrors(source, createZstdDecompress());
    case 'xz': {
      // A CommonJS bundle with the decoder as inline WebAssembly: loaded only when something is xz-compressed.
      const { default: xz } = await import('xz-decompress');
      return Readable.fromWeb(new xz.XzReadableStream(Readable.toWeb(source)) as ReadableStream<Uint8Array>);
    }
  }
}

/** Decompresses bytes in memory. Throws `BAD_FORMAT` naming `name` when they are damaged. */
export async function decompress(
  bytes: Buffer,
  name: string,
  compression: Compression = compressionOf(bytes),
): Promise<Buffer> {
  if (compression === 'none') return bytes;
  try {
    return await buffer(await decompressStream(compression, Readable.from([bytes])));
  } catch (cause) {
    throw new GuestError('BAD_FORMAT', `"${name}" is damaged: its ${compression} data cannot be unpacked`, { cause });
  }
}

function pipeWithErrors(source: Readable, decoder: NodeJS.ReadWriteStream & Readable): Readable {
  source.once('error', (error) => decoder.destroy(error));
  source.pipe(decoder);
  return decoder;
}
