import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appendToInitramfs, type GuestAssets, type GuestAssetsOptions, guestAssets, workloadFiles } from '@vmrs/guest';

/** The guest of these tests: Debian's cloud kernel, our init with its test hooks. Made once per machine, then taken from the cache. */
export function testGuest(options: GuestAssetsOptions = {}): Promise<GuestAssets> {
  return guestAssets({ testHooks: true, ...options });
}

/** Writes an initramfs whose guest runs `script` (busybox sh) after its marker; returns its path. */
export async function withScript(assets: GuestAssets, folder: string, script: string): Promise<string> {
  const image = appendToInitramfs(await readFile(assets.initramfs), workloadFiles({ argv: ['/bin/sh', '-c', script] }));
  const path = join(folder, 'initramfs');
  await writeFile(path, image);
  return path;
}

/** A guest script that writes a random word to the console over and over: the word and the count live in its memory only. */
export const TICKING =
  'word=$(head -c 8 /dev/urandom | od -An -tx1 | tr -d " \\n"); n=0; while :; do n=$((n + 1)); echo "TICK $word $n"; usleep 100000; done';
