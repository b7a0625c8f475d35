// @ts-check
import { stat } from 'node:fs/promises';

/**
 * How large a package may be, in KiB: `packed` is what users download, `unpacked` what lies in their node_modules. Raise a limit only
 * when you know what has grown; a package that is not in the table has the default.
 *
 * @type {Readonly<Record<string, { readonly packed: number, readonly unpacked: number }>>}
 */
export const SIZE_LIMITS = {
  default: { packed: 160, unpacked: 640 },
  '@vmrs/core': { packed: 400, unpacked: 1500 },
  // Sources and prebuilt binaries for two architectures.
  '@vmrs/applevz-addon': { packed: 800, unpacked: 2400 },
  '@vmrs/testkit': { packed: 240, unpacked: 900 },
};

/**
 * Says which limits a tarball is over.
 *
 * @param {string} name of the package
 * @param {{ packed: number, unpacked: number }} sizes in bytes
 * @returns {string[]} a sentence each
 */
export function sizeProblems(name, sizes) {
  const limits = SIZE_LIMITS[name] ?? SIZE_LIMITS.default;
  return /** @type {const} */ (['packed', 'unpacked']).flatMap((kind) => {
    const [size, limit] = [Math.ceil(sizes[kind] / 1024), limits?.[kind] ?? 0];
    if (size <= limit) return [];
    return [`${kind} it has ${size} KiB, and may have ${limit}; see scripts/lib/package-size.mjs`];
  });
}

/**
 * @param {string} tarball
 * @param {string} listing what `tar -tvzf` prints of it
 * @returns {Promise<{ packed: number, unpacked: number }>} in bytes
 */
export async function tarballSizes(tarball, listing) {
  const sizes = listing
    .trim()
    .split('\n')
    .map((line) => Number(/^\S+\s+(?:\S+\s+)*?(\d+)\s+(?:\d{4}-|\w{3}\s)/.exec(line)?.[1]));
  if (sizes.some(Number.isNaN)) throw new Error(`cannot read what tar lists of ${tarball}:\n${listing}`);
  return { packed: (await stat(tarball)).size, unpacked: sizes.reduce((sum, size) => sum + size, 0) };
}
