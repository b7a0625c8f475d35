import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readDebControl } from '../debian/deb-archive.ts';
import { type PackageRequest, packageCache } from '../debian/package-cache.ts';
import { type PackageOptions, packageSource } from '../debian/package-sources.ts';
import { GuestError } from '../errors/guest-error.ts';
import {
  BUSYBOX_PACKAGE,
  type Busybox,
  busyboxFromDeb,
  busyboxFromFile,
  findHostBusybox,
} from '../initramfs/busybox.ts';
import {
  defaultKernelPackage,
  type Kernel,
  kernelFromDeb,
  kernelFromFile,
  resolveKernelPackage,
} from '../kernel/load-kernel.ts';
import { debianArch, type GuestArch, hostArch } from '../util/architecture.ts';
import { sha256, sha256OfFile } from '../util/sha256.ts';
import type { AssetsProgress } from './progress.ts';

/** Where the kernel comes from; default: Debian's newest kernel package for the architecture. */
export type KernelSource =
  /** A kernel image, and its `lib/modules/<release>` folder unless every driver is built in. */
  | { readonly path: string; readonly modulesDir?: string | undefined }
  /** A Debian kernel package as a file. */
  | { readonly deb: string }
  /** The name of a Debian kernel package, such as `linux-image-amd64`. */
  | { readonly package: string };

/** Something assets are made of: known by its key before it is fetched or read. */
export interface Ingredient<T> {
  /** Changes whenever the bytes change. */
  readonly key: string;
  load(): Promise<T>;
}

/** What every ingredient needs to know. */
export interface IngredientContext {
  readonly arch: GuestArch;
  readonly cacheDir: string;
  readonly packages: PackageOptions | undefined;
  readonly mode: 'remember' | 'refresh' | 'offline';
  readonly signal: AbortSignal | undefined;
  readonly report: (progress: AssetsProgress) => void;
}

/** The kernel that the options ask for. */
export async function kernelIngredient(
  source: KernelSource | undefined,
  context: IngredientContext,
): Promise<Ingredient<Kernel>> {
  const { arch, signal } = context;
  if (source !== undefined && 'path' in source) {
    const modules = source.modulesDir === undefined ? '' : `${source.modulesDir} ${await stamp(source.modulesDir)}`;
    return {
      key: `file ${await digestOf(source.path, 'kernel')} ${modules}`,
      load: () => kernelFromFile(source.path, arch, source.modulesDir),
    };
  }
  if (source !== undefined && 'deb' in source) {
    const key = `deb ${await digestOf(source.deb, 'kernel package')}`;
    return {
      key,
      load: async () => {
        const control = await readDebControl(source.deb, { signal });
        context.report({ type: 'unpacking', what: control.get('Package') ?? source.deb });
        return await kernelFromDeb(source.deb, arch, { signal });
      },
    };
  }
  const name = source?.package ?? defaultKernelPackage(debianArch(arch));
  return await packaged(
    {
      key: `kernel ${name}:${debianArch(arch)}`,
      resolve: (from, options) => resolveKernelPackage(from, name, options),
    },
    (deb) => kernelFromDeb(deb, arch, { signal }),
    context,
  );
}

/** The busybox that the options ask for: a path, or the host's own when it fits, or Debian's package. */
export async function busyboxIngredient(
  path: string | undefined,
  context: IngredientContext,
): Promise<Ingredient<Busybox>> {
  const { arch, signal } = context;
  const onHost = path === undefined && process.platform === 'linux' && isHost(arch);
  const chosen = path ?? (onHost ? await findHostBusybox(arch, process.env['PATH'] ?? '') : undefined);
  if (chosen !== undefined) {
    return { key: `file ${await digestOf(chosen, 'busybox')}`, load: () => busyboxFromFile(chosen, arch) };
  }
  return await packaged(
    {
      key: `busybox ${BUSYBOX_PACKAGE}:${debianArch(arch)}`,
      resolve: (source, options) => source.find(BUSYBOX_PACKAGE, undefined, options),
    },
    (deb) => busyboxFromDeb(deb, arch, { signal }),
    context,
  );
}

async function packaged<T>(
  request: PackageRequest,
  unpack: (deb: string) => Promise<T>,
  { arch, cacheDir, packages, mode, signal, report }: IngredientContext,
): Promise<Ingredient<T>> {
  const cache = packageCache(join(cacheDir, 'guest'), packageSource(arch, packages), mode);
  const resolved = await cache.resolve(
    {
      key: request.key,
      resolve: (source, options) => {
        report({ type: 'resolving', what: request.key });
        return request.resolve(source, options);
      },
    },
    { signal },
  );
  const what = `${resolved.name} ${resolved.version}`;
  return {
    key: `package ${what} ${resolved.arch} ${resolved.sha256}`,
    load: async () => {
      report({ type: 'downloading', what });
      const onReceived = (receivedBytes: number, totalBytes: number | undefined) =>
        report({ type: 'downloading', what, receivedBytes, totalBytes });
      const deb = await resolved.file({ signal, onReceived });
      report({ type: 'unpacking', what });
      return await unpack(deb);
    },
  };
}

function isHost(arch: GuestArch): boolean {
  return (process.arch === 'x64' || process.arch === 'arm64') && hostArch() === arch;
}

async function digestOf(path: string, what: string): Promise<string> {
  try {
    return await sha256OfFile(path);
  } catch (cause) {
    throw new GuestError('NOT_FOUND', `cannot read the ${what} "${path}"`, { cause });
  }
}

/** A module folder is too large to digest each time; its own time changes when modules come or go. */
async function stamp(folder: string): Promise<string> {
  try {
    const { mtimeMs, ino } = await stat(folder);
    return sha256(`${ino} ${mtimeMs}`).slice(0, 16);
  } catch (cause) {
    throw new GuestError('NOT_FOUND', `cannot read the module directory "${folder}"`, { cause });
  }
}
