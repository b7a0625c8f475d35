import { join } from 'node:path';
import { type AbortOptions, ignoreErrno, type JsonObject, openFile } from '@vmrs/core/driver';
import { refusedWith } from '../control/api-words.ts';
import { hypervisorError, unsupported } from '../errors.ts';
import type { MachineParts } from '../machine-parts.ts';
import { CONFIG_FILE, MEMORY_FILE, STATE_FILE, toManifest } from './snapshot-data.ts';

/** First and longest wait before another try while memory is still being loaded. There is no event for its end. */
const RETRY_MS = { first: 20, longest: 1_000 } as const;

/** Writes the state of the paused VM into the empty `directory`, to the disk. Throws `UNSUPPORTED`, `HYPERVISOR`, or the signal's reason. */
export async function saveSnapshot(parts: MachineParts, directory: string, options: AbortOptions): Promise<JsonObject> {
  const { spec, control, daemons } = parts;
  const [share] = daemons.shares;
  if (share !== undefined) {
    const why = `what virtiofsd knows of the open files of '${share.tag}' cannot be saved`;
    throw unsupported(spec.name, 'snapshot', 'sharedDirs', why);
  }
  await writeState(parts, directory, options);
  // Cloud Hypervisor forces nothing to the disk.
  for (const file of [CONFIG_FILE, STATE_FILE, MEMORY_FILE]) await sync(join(directory, file));
  return toManifest({ cloudHypervisor: control.version, macs: control.macs, sharedMemory: control.sharedMemory });
}

/** As long as it takes: it writes the whole memory. */
async function writeState({ api, context }: MachineParts, directory: string, { signal }: AbortOptions): Promise<void> {
  const call = { deadlineMs: null, ...(signal === undefined ? {} : { signal }) };
  for (let wait: number = RETRY_MS.first; ; wait = Math.min(wait * 2, RETRY_MS.longest)) {
    try {
      // It takes the text after `file://` as the path, without decoding it.
      await api.put('vm.snapshot', { destination_url: `file://${directory}` }, call);
      return;
    } catch (error) {
      if (!refusedWith(error, /restore is still in progress/i)) throw error;
      context.logger.debug(
        { event: 'cloudhv.loading', waitMs: wait },
        'memory is still being loaded; the snapshot waits',
      );
      await context.clock.sleep(wait, signal);
    }
  }
}

async function sync(path: string): Promise<void> {
  const handle = await ignoreErrno(openFile(path, 'r'), 'ENOENT');
  if (handle === undefined) throw hypervisorError('vm.snapshot', `Cloud Hypervisor has not written '${path}'`);
  await using file = handle;
  await file.sync();
}
