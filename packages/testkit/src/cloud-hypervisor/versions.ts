/** What differs between the versions that the stand-in plays. From Cloud Hypervisor's release notes and sources. */
export interface ChDialect {
  readonly major: number;
  /** v52: flags may be repeated (cloud-hypervisor#7778). Before, a repeated flag is an error. */
  readonly repeatsFlags: boolean;
  /** v53: a socket left by a dead VMM is taken over, guarded by a lock file. Before, binding fails. */
  readonly takesStaleSocket: boolean;
  /** v53: 404 for "VM is not created"; before nearly everything is 500. */
  readonly saysNotFound: boolean;
  /** v54: 400 for an invalid configuration. */
  readonly saysBadConfig: boolean;
  /** v52: `memory_restore_mode`. */
  readonly restoresOnDemand: boolean;
  /** v53: memory is loaded in the background, and snapshots are refused until that is done. */
  readonly loadsInBackground: boolean;
  /** Bytes. `MAX_BODY_SIZE` of micro_http: 51,200 up to v53, 4 MiB from v54 on. */
  readonly maxBody: number;
  /** v53: `--seccomp errno`. */
  readonly seccompErrno: boolean;
}

/** The dialect of a version such as `v53.0-12-gabc`. Throws `TypeError` for one before v50. */
export function dialectOf(version: string): ChDialect {
  const major = Number(/^v?(\d+)\./.exec(version)?.[1]);
  if (!(major >= 50)) throw new TypeError(`the stand-in plays Cloud Hypervisor v50 and later, not '${version}'`);
  return {
    major,
    repeatsFlags: major >= 52,
    takesStaleSocket: major >= 53,
    saysNotFound: major >= 53,
    saysBadConfig: major >= 54,
    restoresOnDemand: major >= 52,
    loadsInBackground: major >= 53,
    maxBody: major >= 54 ? 4 * 1024 * 1024 : 51_200,
    seccompErrno: major >= 53,
  };
}
