import { dirname } from 'node:path';
import { ensureNodeRelease } from '../../../scripts/lib/toolchain.mjs';

/** The releases of Node.js on which a release is tried: the oldest that `engines` admits, the pinned one, and the newest line. */
export const NODE_VERSIONS = ['22.18.0', '24.21.0', '26.10.0'] as const;

/** A Node.js of a given version. */
export interface NodeRelease {
  readonly version: string;
  /** The folder that holds its `node` and nothing else of interest; npm is the one that runs this program. */
  readonly binDir: string;
}

/** Makes sure that the releases are there, in `.toolchain/`; downloads only the first time. */
export async function nodeReleases(versions: readonly string[]): Promise<readonly NodeRelease[]> {
  const releases: NodeRelease[] = [];
  for (const version of versions) {
    const node = await ensureNodeRelease(version, 'the release is tried on it');
    releases.push({ version, binDir: dirname(node) });
  }
  return releases;
}
