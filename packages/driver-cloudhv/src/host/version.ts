/** A version of Cloud Hypervisor. */
export interface ChVersion {
  readonly major: number;
  readonly minor: number;
  /** As the program says it, such as `v53.0-12-g0123abc-dirty`. Snapshots fit to exactly this. */
  readonly text: string;
}

/**
 * Reads the first line of `cloud-hypervisor --version`, or a version as `vmm.ping` gives it; null when it is none. It comes from `git describe`, so it may
 * have a suffix; further lines tell of other things.
 */
export function parseVersion(output: string): ChVersion | null {
  const [line = ''] = output.trimStart().split('\n');
  const match = /(?:^|\s)(v?(\d+)\.(\d+)\S*)/.exec(line.trim());
  if (match === null) return null;
  return { text: match[1] ?? '', major: Number(match[2]), minor: Number(match[3]) };
}

/** Whether `version` is `major.minor` or later. */
export function isAtLeast(version: ChVersion, major: number, minor = 0): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
