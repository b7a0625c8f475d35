import { link, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DriverContext, errnoOf } from '@vmrs/core/driver';
import type { SavedConfig } from './rewrite-config.ts';
import { CONFIG_FILE } from './snapshot-data.ts';

/** Folder of the VM from which it is restored. */
const FOLDER = 'restore';

/**
 * Makes a folder from which Cloud Hypervisor restores this VM: every file that was saved under its name, and a configuration of its own. The snapshot itself is only read, so many VMs can come
 * from it at once. Returns its path; it is removed with the VM.
 *
 * Files are linked where that is possible: memory that is loaded on demand is read long after the restore, and must not go away with the snapshot's folder.
 */
export async function stageSnapshot(
  directory: string,
  config: SavedConfig,
  { paths, resources }: Pick<DriverContext, 'paths' | 'resources'>,
): Promise<string> {
  const path = join(paths.stateDir, FOLDER);
  await resources.acquire({ kind: 'directory', path }, async () => {
    await mkdir(path, { mode: 0o700 });
    await writeFile(join(path, CONFIG_FILE), JSON.stringify(config), { mode: 0o600, flag: 'wx' });
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (!entry.isFile() || entry.name === CONFIG_FILE) continue;
      await linkOrPoint(join(directory, entry.name), join(path, entry.name));
    }
  });
  return path;
}

async function linkOrPoint(source: string, path: string): Promise<void> {
  try {
    await link(source, path);
  } catch (error) {
    // Another file system, one without links, or a file of somebody else.
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EACCES'].includes(errnoOf(error) ?? '')) throw error;
    await symlink(source, path);
  }
}
