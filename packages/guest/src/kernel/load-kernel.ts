import { readFile } from 'node:fs/promises';
import { unpackDeb } from '../debian/deb-archive.ts';
import type { AvailablePackage, PackageSource, TransferOptions } from '../debian/package-source.ts';
import { GuestError } from '../errors/guest-error.ts';
import type { DebianArch, GuestArch } from '../util/architecture.ts';
import { decompress } from '../util/compression.ts';
import { type KernelKind, kernelKind } from './kernel-kind.ts';
import { isModuleTreeFile, type ModuleTree, moduleTreeOfDirectory, moduleTreeOfPackage } from './module-tree.ts';

/** A kernel that a VMM can start, and its modules. */
export interface Kernel {
  readonly image: Buffer;
  readonly kind: 'bzimage' | 'arm64-image' | 'elf';
  /** As `uname -r` prints it; `undefined` when neither the modules nor the image tell. */
  readonly release: string | undefined;
  readonly modules: ModuleTree | undefined;
}

/**
 * The name of the Debian package that stands for the newest kernel.
 *
 * For x86_64 it is the small kernel for clouds. That one lacks `gpio_keys` on arm64, so a guest without ACPI would never
 * notice its power button: there it is the general one.
 */
export function defaultKernelPackage(arch: DebianArch): string {
  return arch === 'amd64' ? 'linux-image-cloud-amd64' : 'linux-image-arm64';
}

/** Finds the concrete kernel package behind a metapackage such as `linux-image-cloud-amd64`. */
export async function resolveKernelPackage(
  source: PackageSource,
  name: string,
  options: TransferOptions,
): Promise<AvailablePackage> {
  const found = await source.find(name, undefined, options);
  const image = found.depends.find((dependency) => /^linux-image-\d/.test(dependency.name));
  return image === undefined ? found : await source.find(image.name, image.exactVersion, options);
}

/** Takes kernel and modules out of a kernel package, without installing it. Throws `BAD_FORMAT`, `UNSUPPORTED`. */
export async function kernelFromDeb(
  path: string,
  arch: GuestArch,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Kernel> {
  const isImage = (name: string) => /^boot\/vmlinu[xz]-/.test(name);
  const files = await unpackDeb(path, (name) => isImage(name) || isModuleTreeFile(name), options);
  const image = files.find((file) => isImage(file.path));
  if (image === undefined)
    throw new GuestError('BAD_FORMAT', `"${path}" is not a kernel package: no boot/vmlinuz in it`);
  const modules = await moduleTreeOfPackage(files);
  const release = modules?.release ?? image.path.replace(/^boot\/vmlinu[xz]-/, '');
  return { ...(await bootableImage(image.body, image.path, arch)), release, modules };
}

/**
 * Takes a kernel from a file.
 *
 * @param modulesDir its `lib/modules/<release>` folder; without it the kernel must have every driver built in
 * @throws `NOT_FOUND`, `BAD_FORMAT` (a text file, another architecture), `UNSUPPORTED` (a form no VMM can start)
 */
export async function kernelFromFile(path: string, arch: GuestArch, modulesDir?: string): Promise<Kernel> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new GuestError('NOT_FOUND', `cannot read the kernel "${path}"`, { cause });
  }
  const bootable = await bootableImage(bytes, path, arch);
  const modules = modulesDir === undefined ? undefined : await moduleTreeOfDirectory(modulesDir);
  return { ...bootable, release: modules?.release ?? releaseOf(bootable.image), modules };
}

async function bootableImage(bytes: Buffer, name: string, arch: GuestArch): Promise<Pick<Kernel, 'image' | 'kind'>> {
  const kind = kernelKind(bytes);
  if (kind === 'gzip') return await bootableImage(await decompress(bytes, name), name, arch);
  if (kind === 'unknown') throw new GuestError('BAD_FORMAT', `"${name}" is not a Linux kernel`);
  if (kind === 'efi-zboot') {
    throw new GuestError('UNSUPPORTED', `"${name}" is an EFI zboot image: only firmware can start it; give an Image`);
  }
  if (archOf(kind, bytes) !== arch) throw new GuestError('BAD_FORMAT', `"${name}" is not a kernel for ${arch}`);
  return { image: bytes, kind };
}

function archOf(kind: Exclude<KernelKind, 'gzip' | 'unknown' | 'efi-zboot'>, bytes: Buffer): GuestArch | undefined {
  switch (kind) {
    case 'bzimage':
      return 'x86_64';
    case 'arm64-image':
      return 'aarch64';
    case 'elf':
      return { 62: 'x86_64' as const, 183: 'aarch64' as const }[bytes.readUInt16LE(0x12)];
  }
}

/** Every kernel contains its own banner, `Linux version 6.1.0-56-cloud-amd64 (...)`, unless it is compressed. */
function releaseOf(image: Buffer): string | undefined {
  if (kernelKind(image) === 'bzimage') {
    const at = image.readUInt16LE(0x20e) + 0x200;
    return /^[\w.+~-]+/.exec(image.toString('latin1', at, at + 128))?.[0];
  }
  const at = image.indexOf('Linux version ');
  return at < 0 ? undefined : /^Linux version ([\w.+~-]+)/.exec(image.toString('latin1', at, at + 128))?.[1];
}
