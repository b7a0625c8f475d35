import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BootSpec } from '../../config/boot-spec.ts';
import type { ResourceScope } from '../../contract/index.ts';
import { errnoOf } from '../../util/errno.ts';
import type { FileSystem } from '../../util/file-system.ts';
import { snapshotError, type WritableDisk } from './snapshot-manifest.ts';

/** Folder of the copies, in a snapshot and in a VM's own folder. */
const FOLDER = 'disks';

/** The writable disks of a VM, by the field that names each. */
const WRITABLE: readonly WritableDisk[] = ['rootDisk', 'dataDisk'];

/** How far copying has come, over all disks. */
export interface CopyProgress {
  readonly copiedBytes: number;
  readonly totalBytes: number;
}

/** How the disks of a snapshot are copied. */
export interface CopyDisks {
  /** `reflink`: only where the file system shares blocks, which takes no time; `copy`: every byte that is not zero. */
  readonly how: 'reflink' | 'copy';
  readonly signal: AbortSignal;
  readonly onProgress: ((progress: CopyProgress) => void) | undefined;
}

/** Where in a snapshot's folder the copy of a disk lies. */
export function copyPath(directory: string, disk: WritableDisk): string {
  return join(directory, FOLDER, disk);
}

/** Copies the writable disks of a paused VM into the folder of its snapshot. Throws `SNAPSHOT_FAILED` with what to do, or the signal's reason. */
export async function copyDisks(
  spec: BootSpec,
  directory: string,
  { how, signal, onProgress }: CopyDisks,
  fileSystem: FileSystem,
): Promise<readonly WritableDisk[]> {
  const disks = WRITABLE.flatMap((field) => (spec[field] === null ? [] : [{ field, source: spec[field] }]));
  if (disks.length === 0) return [];
  const sizes = await Promise.all(disks.map(({ source }) => sizeOf(spec, directory, source)));
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  await fileSystem.makeDirectory(join(directory, FOLDER), 0o700);
  let before = 0;
  for (const [index, { field, source }] of disks.entries()) {
    signal.throwIfAborted();
    const tell = (bytes: number): void => onProgress?.({ copiedBytes: before + bytes, totalBytes });
    const options = how === 'reflink' ? { clone: true as const } : { clone: false as const, signal, onProgress: tell };
    try {
      await fileSystem.copyFile(source, copyPath(directory, field), options);
    } catch (error) {
      signal.throwIfAborted();
      throw copyFailed(spec, directory, source, how, error);
    }
    before += sizes[index] ?? 0;
    onProgress?.({ copiedBytes: before, totalBytes });
  }
  await fileSystem.syncDirectory(join(directory, FOLDER));
  return disks.map(({ field }) => field);
}

/**
 * Gives a restored VM disks of its own, from the copies in its snapshot: shares blocks where the file system can, copies else. They are in the VM's ledger, and go with it.
 * Throws the system's error, or the signal's reason.
 */
export async function placeDisks(
  sources: Readonly<Partial<Record<WritableDisk, string>>>,
  stateDir: string,
  { resources, signal }: { readonly resources: ResourceScope; readonly signal: AbortSignal },
  fileSystem: FileSystem,
): Promise<void> {
  const disks = WRITABLE.flatMap((field) => (sources[field] === undefined ? [] : [{ field, source: sources[field] }]));
  if (disks.length === 0) return;
  const path = join(stateDir, FOLDER);
  await resources.acquire({ kind: 'directory', path }, async () => {
    await fileSystem.makeDirectory(path, 0o700);
    for (const { field, source } of disks) {
      try {
        await fileSystem.copyFile(source, copyPath(stateDir, field), { clone: true });
      } catch (error) {
        if (!CANNOT_CLONE.has(errnoOf(error) ?? '')) throw error;
        await fileSystem.copyFile(source, copyPath(stateDir, field), { clone: false, signal });
      }
    }
  });
}

/** What file systems say that cannot share blocks, or not between these two files. */
const CANNOT_CLONE: ReadonlySet<string> = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY']);

async function sizeOf(spec: BootSpec, directory: string, source: string): Promise<number> {
  const info = await stat(source);
  if (info.isFile()) return info.size;
  throw snapshotError(spec.name, directory, `disk '${source}' is no regular file and is not copied`, [
    {
      path: source,
      message: 'is a device',
      fix: 'take the snapshot without disks, and copy it by its own means while the VM is paused',
    },
  ]);
}

function copyFailed(spec: BootSpec, directory: string, source: string, how: 'reflink' | 'copy', error: unknown): Error {
  const code = errnoOf(error) ?? String(error);
  if (how === 'copy' || !CANNOT_CLONE.has(code)) {
    return snapshotError(spec.name, directory, `disk '${source}' cannot be copied (${code})`, [], error);
  }
  const problem = {
    path: source,
    message: `cannot be cloned here (${code}): the snapshot's file system does not share blocks with it`,
    fix: "take the snapshot with disks: 'copy', or on the same file system, one with reflinks (XFS, Btrfs)",
  };
  return snapshotError(spec.name, directory, 'its disks cannot be cloned', [problem], error);
}
