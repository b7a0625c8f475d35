import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AssetsProgress } from '@vmrs/guest';
import type { GuestRequest } from '../config/file-fields.ts';
import type { Progress } from '../io/progress.ts';

/** Kernel and initramfs of the small guest. */
export interface PreparedGuest {
  /** The kernels that there are, the one that boots fastest first; not every hypervisor takes every form. */
  readonly kernels: readonly string[];
  readonly initramfs: string;
}

/**
 * Gets the small guest of `@vmrs/guest` from its cache, or downloads and builds it. A command makes an initramfs of its own, which stays in that cache, readable by its
 * owner alone. Throws a `GuestError`.
 */
export async function prepareGuest(
  request: GuestRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<PreparedGuest> {
  const { appendToInitramfs, defaultCacheDir, guestAssets, workloadFiles } = await import('@vmrs/guest');
  const assets = await guestAssets({ signal, onProgress: (step) => progress.stage(sentence(step)) });
  const kernels = [assets.vmlinux, assets.kernel].filter((kernel) => kernel !== undefined);
  const { command, env, cwd } = request;
  if (command === undefined) return { kernels, initramfs: assets.initramfs };
  const files = workloadFiles({ argv: command, env, cwd });
  const key = createHash('sha256')
    .update(JSON.stringify([assets.initramfs, command, env, cwd]))
    .digest('hex');
  const folder = join(defaultCacheDir(), 'guest', 'commands');
  const initramfs = join(folder, `${key.slice(0, 32)}.initramfs`);
  const there = await access(initramfs).then(
    () => true,
    () => false,
  );
  if (!there) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const unfinished = `${initramfs}.${process.pid}.tmp`;
    await writeFile(unfinished, appendToInitramfs(await readFile(assets.initramfs), files), { mode: 0o600 });
    await rename(unfinished, initramfs);
  }
  return { kernels, initramfs };
}

/** What the making of a guest is at, in words. */
export function sentence(step: AssetsProgress): string {
  switch (step.type) {
    case 'resolving':
      return `preparing the guest: looking for ${step.what}`;
    case 'downloading': {
      const { receivedBytes, totalBytes } = step;
      const part =
        receivedBytes !== undefined && totalBytes ? ` (${Math.floor((100 * receivedBytes) / totalBytes)} %)` : '';
      return `preparing the guest: downloading ${step.what}${part}`;
    }
    case 'unpacking':
      return `preparing the guest: unpacking ${step.what}`;
    case 'building':
      return `preparing the guest: building ${step.what}`;
    case 'done':
      return `preparing the guest: ${step.cached ? 'from the cache' : 'done'}`;
  }
}
