import { GuestError } from '../errors/guest-error.ts';
import type { DebianArch } from '../util/architecture.ts';
import { decompress } from '../util/compression.ts';
import { downloadBytes, downloadToFile } from '../util/download.ts';
import { parseControl } from './control-file.ts';
import type { PackageSource, TransferOptions } from './package-source.ts';
import { availablePackage } from './package-stanza.ts';

/** Debian's own content delivery network. */
export const DEFAULT_MIRROR = 'https://deb.debian.org/debian';

/**
 * Debian 12, because its kernel 6.1 runs under every QEMU from 7.2 on; the 6.12 of Debian 13 crashes now and then under
 * the emulation of QEMU 7.2 (4 bad boots in 44).
 */
export const DEFAULT_SUITE = 'bookworm';

/** Which mirror and which release. */
export interface MirrorOptions {
  /** `https:` address of a Debian mirror; plain `http:` only on this host's loopback. */
  readonly mirror?: string | undefined;
  readonly suite?: string | undefined;
}

/**
 * Packages straight from a Debian mirror, for hosts without apt or for another architecture.
 *
 * Trust: the connection is https; the Release file's SHA-256 sums cover the index, and the index's cover the package.
 * The Release file's OpenPGP signature is not checked. Errors: `INVALID_INPUT`, `NOT_FOUND`, `DOWNLOAD_FAILED`,
 * `CHECKSUM_MISMATCH`, `BAD_FORMAT`, `ABORTED`.
 */
export function mirrorSource(arch: DebianArch, options: MirrorOptions = {}): PackageSource {
  const mirror = checkedMirror(options.mirror ?? DEFAULT_MIRROR);
  const suite = options.suite ?? DEFAULT_SUITE;
  if (!/^[a-z0-9][a-z0-9-]*$/.test(suite)) throw new GuestError('INVALID_INPUT', `"${suite}" is not a Debian suite`);
  const id = `${mirror} ${suite}`;
  const filenames = new Map<string, string>();
  let index: Promise<string> | undefined;

  return {
    id,
    async find(name, version, transfer) {
      index ??= downloadIndex(mirror, suite, arch, transfer).catch((error: unknown) => {
        index = undefined;
        throw error;
      });
      const stanza = findStanza(await index, name, version);
      if (stanza === undefined) {
        throw new GuestError(
          'NOT_FOUND',
          `there is no package ${name}${version ? `=${version}` : ''} for ${arch} at ${id}`,
        );
      }
      const found = availablePackage(stanza, arch, id);
      filenames.set(found.sha256, parseControl(stanza).get('Filename') ?? '');
      return found;
    },
    async download(wanted, path, transfer) {
      const filename = filenames.get(wanted.sha256) ?? '';
      if (!/^pool\/[\w.+~%/-]+\.deb$/.test(filename) || filename.includes('..')) {
        throw new GuestError('BAD_FORMAT', `the package index of ${id} is damaged: bad file name for ${wanted.name}`);
      }
      await downloadToFile(`${mirror}/${filename}`, path, { ...transfer, sha256: wanted.sha256, size: wanted.size });
    },
  };
}

function checkedMirror(mirror: string): string {
  const url = URL.parse(mirror);
  const loopback = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && loopback))) {
    throw new GuestError('INVALID_INPUT', `"${mirror}" is not the https: address of a Debian mirror`);
  }
  return mirror.replace(/\/+$/, '');
}

async function downloadIndex(
  mirror: string,
  suite: string,
  arch: DebianArch,
  { signal }: TransferOptions,
): Promise<string> {
  const dist = `${mirror}/dists/${suite}`;
  const release = parseControl((await downloadBytes(`${dist}/Release`, { signal })).toString('utf8'));
  const sums = (release.get('SHA256') ?? '').split('\n').map((line) => line.trim().split(/\s+/));
  for (const suffix of ['xz', 'gz']) {
    const name = `main/binary-${arch}/Packages.${suffix}`;
    const [sha256, size] = sums.find((sum) => sum[2] === name) ?? [];
    if (sha256 === undefined) continue;
    const packed = await downloadBytes(`${dist}/${name}`, { signal, sha256, size: Number(size) });
    return (await decompress(packed, name)).toString('utf8');
  }
  throw new GuestError('NOT_FOUND', `${dist} has no index of ${arch} packages`);
}

function findStanza(index: string, name: string, version: string | undefined): string | undefined {
  const heading = `Package: ${name}\n`;
  for (let at = index.indexOf(heading); at >= 0; at = index.indexOf(heading, at + 1)) {
    if (at > 0 && index[at - 1] !== '\n') continue;
    const end = index.indexOf('\n\n', at);
    const stanza = index.slice(at, end < 0 ? undefined : end);
    if (version === undefined || parseControl(stanza).get('Version') === version) return stanza;
  }
  return undefined;
}
