import { sha256 } from '../util/sha256.ts';
import { APPLETS } from './applets.ts';
import { GUEST_MODULES } from './guest-modules.ts';
import { digestOfInit, readInitFiles } from './init-files.ts';

/** Raise it when `buildInitramfs` lays out the same parts in another way. */
const LAYOUT = 1;

/** A digest of everything in an image that comes from this package, for caches. */
export async function digestOfImageSources(options: { testHooks: boolean }): Promise<string> {
  const init = digestOfInit(await readInitFiles(options));
  return sha256(JSON.stringify([LAYOUT, init, APPLETS, GUEST_MODULES]));
}
