import { chmod, constants, copyFile, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openFile } from '@vmrs/core/driver';
import { executableOf, writeHostRecord } from './host-folder.ts';
import type { ResolvedPrepareOptions } from './prepare-options.ts';
import { syncFolder } from './publish-host.ts';
import { selfTest } from './self-test.ts';
import { checkSignature, liftQuarantine, signHost } from './sign-host.ts';
import type { StepLog } from './step-log.ts';
import type { WantedHost } from './wanted-host.ts';

/** Builds a host in a folder that nobody else uses: copy, links, signature, trial, record. Throws `PREFLIGHT_FAILED`, the system's error or the signal's reason. */
export async function buildHost(
  folder: string,
  wanted: WantedHost,
  options: ResolvedPrepareOptions,
  log: StepLog,
): Promise<void> {
  const { node, links, key } = wanted;
  const executable = executableOf(folder);
  await log.step('copy', async () => {
    await mkdir(dirname(executable), { mode: 0o700 });
    // Shares the blocks with the original where the file system can.
    await copyFile(node.executable, executable, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await chmod(executable, 0o700);
    return `${node.executable} (${Math.ceil(node.size / 2 ** 20)} MiB)`;
  });
  await log.step('libraries', async () => {
    for (const { place, target } of links) {
      const path = join(folder, place);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await symlink(target, path);
    }
    return links.length === 0 ? 'none' : links.map(({ place, target }) => `${place} -> ${target}`).join(', ');
  });
  const quarantine = await log.step('quarantine', () => liftQuarantine(executable, options));
  await log.step('sign', async () => {
    await signHost(executable, folder, options);
    return 'ad hoc';
  });
  await log.step('check-signature', async () => {
    await checkSignature(executable, options);
    return 'exactly the one entitlement';
  });
  await log.step('self-test', async () => {
    await selfTest(executable, { ...options, quarantine });
    return 'starts, loads the addon and is entitled';
  });
  await syncFile(executable);
  await writeHostRecord(folder, { key, node, links });
  for (const path of new Set([
    dirname(executable),
    ...links.map(({ place }) => dirname(join(folder, place))),
    folder,
  ])) {
    await syncFolder(path);
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await openFile(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
