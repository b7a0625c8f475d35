import type { DebianArch } from '../util/architecture.ts';
import type { Dependency } from './control-file.ts';

/** One concrete package. */
export interface PackageIdentity {
  readonly name: string;
  readonly version: string;
  readonly arch: DebianArch;
  /** SHA-256 of the `.deb`. */
  readonly sha256: string;
}

/** A package that a source can deliver. */
export interface AvailablePackage extends PackageIdentity {
  readonly depends: readonly Dependency[];
  readonly size: number;
}

/** What a transfer may be told. */
export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onReceived?: ((receivedBytes: number, totalBytes: number | undefined) => void) | undefined;
}

/** Where Debian packages come from. */
export interface PackageSource {
  /** For messages and cache keys, such as `apt` or `https://deb.debian.org/debian bookworm`. */
  readonly id: string;
  /** Finds the newest package of that name, or the given version. Throws `NOT_FOUND` when the source does not know it. */
  find(name: string, version: string | undefined, options: TransferOptions): Promise<AvailablePackage>;
  /** Brings the `.deb` to a path that does not exist yet; the caller checks the digest and removes failed attempts. */
  download(wanted: AvailablePackage, path: string, options: TransferOptions): Promise<void>;
}
