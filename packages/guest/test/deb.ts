import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';

type Suffix = '' | '.gz' | '.zst';

const COMPRESSORS: Readonly<Record<Suffix, (bytes: Buffer) => Buffer>> = {
  '': (bytes) => bytes,
  '.gz': (bytes) => gzipSync(bytes),
  '.zst': (bytes) => zstdCompressSync(bytes),
};

/** What a test's package holds. */
export interface DebContents {
  readonly control?: string;
  readonly files: Readonly<Record<string, Buffer | string>>;
  readonly suffix?: Suffix;
}

/** Builds a Debian package. */
export async function buildDeb({
  control = 'Package: test\nVersion: 1\n',
  files,
  suffix = '.gz',
}: DebContents): Promise<Buffer> {
  const compress = COMPRESSORS[suffix];
  return arArchive({
    'debian-binary': Buffer.from('2.0\n'),
    [`control.tar${suffix}`]: compress(await tar({ control })),
    [`data.tar${suffix}`]: compress(await tar(files)),
  });
}

/** Builds an `ar` archive. */
export function arArchive(members: Readonly<Record<string, Buffer>>): Buffer {
  const parts = Object.entries(members).flatMap(([name, body]) => [
    Buffer.from(
      `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(body.length).padEnd(10)}\`\n`,
    ),
    body,
    Buffer.alloc(body.length % 2, '\n'),
  ]);
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

async function tar(files: Readonly<Record<string, Buffer | string>>): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: './', type: 'directory' });
  for (const [name, body] of Object.entries(files))
    archive.entry({ name: `./${name}`, mode: 0o644 }, Buffer.from(body));
  archive.entry({ name: './link', type: 'symlink', linkname: 'target' });
  archive.finalize();
  return await buffer(archive);
}
