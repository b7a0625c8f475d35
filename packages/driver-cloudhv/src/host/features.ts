import { type ChVersion, isAtLeast } from './version.ts';

/** The oldest Cloud Hypervisor that this driver drives. */
export const OLDEST: { readonly major: number; readonly minor: number } = { major: 50, minor: 0 };

/** What differs between versions of Cloud Hypervisor, as far as it matters here. From its release notes and sources, v50.0 to v54. */
export interface Features {
  /**
   * How memory is restored on demand: `lazy` pages it in when it is touched, `background` also loads everything in the background and refuses snapshots until
   * that is done; null: not at all.
   */
  readonly onDemandRestore: 'lazy' | 'background' | null;
  /** Key of the machine id in the platform's configuration; the other one is deprecated, or unknown and so ignored in silence. */
  readonly uuidKey: 'uuid' | 'system_uuid';
  /** Whether `--seccomp errno` exists. */
  readonly seccompErrno: boolean;
  /** Whether a snapshot leaves out pages that were never written; only of shared memory. */
  readonly sparseSnapshots: boolean;
  /** The largest request body that its API takes, in bytes. */
  readonly maxBodyBytes: number;
}

/** The features of a version. */
export function featuresOf(version: ChVersion): Features {
  return {
    onDemandRestore: isAtLeast(version, 53) ? 'background' : isAtLeast(version, 52) ? 'lazy' : null,
    uuidKey: isAtLeast(version, 53) ? 'system_uuid' : 'uuid',
    seccompErrno: isAtLeast(version, 53),
    sparseSnapshots: isAtLeast(version, 52),
    maxBodyBytes: isAtLeast(version, 54) ? 4 * 1024 * 1024 : 51_200,
  };
}

/** A security hole that a guest can use and that this version has; null when none is known. */
export function knownHole(version: ChVersion): string | null {
  const mended = isAtLeast(version, 52) || (version.major === 51 && version.minor >= 2);
  return mended ? null : 'CVE-2026-45782: a guest can reach freed memory of the VMM through its disk';
}
