/** Programs of macOS that preparing a host needs. */
export interface PrepareTools {
  /** Default `/usr/bin/codesign`. */
  readonly codesign?: string;
  /** Default `/usr/bin/xattr`. */
  readonly xattr?: string;
  /** Tells whether an old copy still runs. Default `/usr/sbin/lsof`. */
  readonly lsof?: string;
}

/** By path, not by `PATH`: of other vendors' programs of these names nothing is known. */
export const TOOLS: Required<PrepareTools> = Object.freeze({
  codesign: '/usr/bin/codesign',
  xattr: '/usr/bin/xattr',
  lsof: '/usr/sbin/lsof',
});
