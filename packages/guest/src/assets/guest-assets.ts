import { join, resolve } from 'node:path';
import type { PackageOptions } from '../debian/package-sources.ts';
import { GuestError, throwIfAborted } from '../errors/guest-error.ts';
import { buildInitramfs } from '../initramfs/build-initramfs.ts';
import type { Busybox } from '../initramfs/busybox.ts';
import { digestOfImageSources } from '../initramfs/image-digest.ts';
import type { Kernel } from '../kernel/load-kernel.ts';
import { extractVmlinux, hasPvhEntry } from '../kernel/vmlinux.ts';
import { type GuestArch, hostArch } from '../util/architecture.ts';
import { sha256 } from '../util/sha256.ts';
import { type AssetSet, readAssetSet, writeAssetSet } from './asset-store.ts';
import { type BootParameters, bootParameters } from './boot-parameters.ts';
import { defaultCacheDir } from './cache-dir.ts';
import { busyboxIngredient, type Ingredient, type KernelSource, kernelIngredient } from './ingredients.ts';
import type { AssetsProgress } from './progress.ts';

/** What kind of guest is wanted. Everything has a default. */
export interface GuestAssetsOptions {
  /** Default: the host's architecture. */
  readonly arch?: GuestArch | undefined;
  /** Default: Debian's newest kernel package for the architecture. */
  readonly kernel?: KernelSource | undefined;
  /** Path of a static busybox. Default: the host's own when it fits the guest, else Debian's `busybox-static`. */
  readonly busybox?: string | undefined;
  /** Where packages come from. Default: apt where it can, else a Debian mirror. */
  readonly packages?: PackageOptions | undefined;
  /** Modules for the initramfs besides the default ones; unknown ones are ignored. */
  readonly extraModules?: readonly string[] | undefined;
  /** Adds misbehaviour on request (`vmrs.test=`) for tests. Default: false. */
  readonly testHooks?: boolean | undefined;
  /** Default: `none`, which boots faster. */
  readonly compression?: 'none' | 'gzip' | undefined;
  /** Default: `$VMRS_CACHE`, else the platform's cache folder + `/vmrs`. */
  readonly cacheDir?: string | undefined;
  /** Asks for newer packages even when some are in the cache. Default: false. */
  readonly refresh?: boolean | undefined;
  /** Takes nothing but what is in the cache. Default: false. */
  readonly offline?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: AssetsProgress) => void) | undefined;
}

/** Files in the cache, ready for a VMM. They belong to the cache: do not change or remove them. */
export interface GuestAssets {
  readonly arch: GuestArch;
  /** The kernel in the form that every VMM takes: bzImage, or an uncompressed arm64 Image. */
  readonly kernel: string;
  /** The same kernel as ELF with a PVH entry, which x86 VMMs start about 15 % faster; absent where there is none. */
  readonly vmlinux: string | undefined;
  readonly initramfs: string;
  /** As `uname -r` prints it; `unknown` for a kernel file that does not tell. */
  readonly kernelVersion: string;
  readonly busyboxVersion: string;
  readonly parameters: BootParameters;
  /** Whether everything was in the cache already. */
  readonly cached: boolean;
}

/**
 * Gets everything a VMM needs to boot a small Linux guest: kernel and initramfs, from Debian packages that are unpacked
 * and never installed, or from files of the caller.
 *
 * Results are cached by the packages' versions and digests, the init and the options; a second call takes a fraction
 * of a second and needs neither network nor apt. A damaged file counts as missing and is made again. Several processes
 * may call this at once for the same cache.
 *
 * @throws GuestError `NOT_FOUND`, `BAD_FORMAT`, `CHECKSUM_MISMATCH`, `BUSYBOX_NOT_STATIC`, `TOOL_FAILED`,
 *   `DOWNLOAD_FAILED`, `UNSUPPORTED`, `INVALID_INPUT`, `ABORTED`, `IO`
 */
export async function guestAssets(options: GuestAssetsOptions = {}): Promise<GuestAssets> {
  const arch = options.arch ?? hostArch();
  const cacheDir = resolve(options.cacheDir ?? defaultCacheDir());
  const report = options.onProgress ?? (() => undefined);
  const { signal } = options;
  throwIfAborted(signal, 'preparing guest assets');
  const mode = options.offline ? 'offline' : options.refresh ? 'refresh' : 'remember';
  const context = { arch, cacheDir, packages: options.packages, mode, signal, report } as const;
  const kernel = await kernelIngredient(options.kernel, context);
  const busybox = await busyboxIngredient(options.busybox, context);

  const image = {
    extraModules: options.extraModules ?? [],
    testHooks: options.testHooks === true,
    compression: options.compression ?? 'none',
  } as const;
  const key = sha256(JSON.stringify([arch, kernel.key, busybox.key, image, await digestOfImageSources(image)]));
  const folder = join(cacheDir, 'guest', 'assets', `${arch}-${key.slice(0, 32)}`);
  const found = await readAssetSet(folder);
  const set = found ?? (await build(folder, kernel, busybox, { ...image, report, signal }));
  report({ type: 'done', cached: found !== undefined });
  return {
    arch,
    kernel: join(folder, 'kernel'),
    vmlinux: 'vmlinux' in set.files ? join(folder, 'vmlinux') : undefined,
    initramfs: join(folder, 'initramfs'),
    kernelVersion: set.facts['kernelVersion'] ?? 'unknown',
    busyboxVersion: set.facts['busyboxVersion'] ?? 'unknown',
    parameters: bootParameters(arch),
    cached: found !== undefined,
  };
}

interface BuildOptions {
  readonly extraModules: readonly string[];
  readonly testHooks: boolean;
  readonly compression: 'none' | 'gzip';
  readonly report: (progress: AssetsProgress) => void;
  readonly signal: AbortSignal | undefined;
}

async function build(
  folder: string,
  kernelIngredientToLoad: Ingredient<Kernel>,
  busyboxIngredientToLoad: Ingredient<Busybox>,
  { report, signal, ...image }: BuildOptions,
): Promise<AssetSet> {
  const kernel = await kernelIngredientToLoad.load();
  const busybox = await busyboxIngredientToLoad.load();
  throwIfAborted(signal, 'building guest assets');
  report({ type: 'building', what: 'initramfs' });
  const initramfs = await buildInitramfs({ busybox: busybox.body, modules: kernel.modules, ...image });
  throwIfAborted(signal, 'building guest assets');
  const files: Record<string, Uint8Array> = { kernel: kernel.image, initramfs: initramfs.image };
  const vmlinux = await pvhKernel(kernel, report);
  if (vmlinux !== undefined) files['vmlinux'] = vmlinux;
  throwIfAborted(signal, 'building guest assets');
  return await writeAssetSet(folder, files, {
    kernelVersion: kernel.release ?? 'unknown',
    busyboxVersion: busybox.version,
    modules: initramfs.modules.join(' '),
    builtin: initramfs.builtin.join(' '),
    absent: initramfs.absent.join(' '),
  });
}

async function pvhKernel(kernel: Kernel, report: BuildOptions['report']): Promise<Buffer | undefined> {
  switch (kernel.kind) {
    case 'elf':
      return hasPvhEntry(kernel.image) ? kernel.image : undefined;
    case 'arm64-image':
      return undefined;
    case 'bzimage':
      report({ type: 'building', what: 'vmlinux' });
      try {
        const { image, pvh } = await extractVmlinux(kernel.image);
        return pvh ? image : undefined;
      } catch (error) {
        // The bzImage itself boots all the same, only slower.
        if (error instanceof GuestError && (error.code === 'UNSUPPORTED' || error.code === 'BAD_FORMAT'))
          return undefined;
        throw error;
      }
  }
}
