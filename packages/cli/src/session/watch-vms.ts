import { type FSWatcher, mkdirSync, watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { VmManager, VmSummary } from '@vmrs/core';

/** Records change in bursts; one look serves for all of one. */
const SETTLE_MS = 50;
/** Ends that nobody writes down, such as that of a VM whose keeper was killed too, change no file. */
const LOOK_ANYWAY_MS = 2000;

/** The list of VMs, at once and at each change of it, until aborted. Woken by the folders of records and sockets. */
export async function* watchVms(vms: VmManager, signal: AbortSignal): AsyncGenerator<readonly VmSummary[]> {
  let wake = Promise.withResolvers<void>();
  const watchers = [vms.stateDir, vms.runtimeDir].flatMap((folder) => watchFolder(folder, () => wake.resolve()));
  try {
    let before: readonly VmSummary[] | null = null;
    while (!signal.aborted) {
      wake = Promise.withResolvers();
      const now = await vms.list();
      if (!isDeepStrictEqual(now, before)) yield now;
      before = now;
      await Promise.race([wake.promise, pause(LOOK_ANYWAY_MS, signal)]);
      await pause(SETTLE_MS, signal);
    }
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}

function watchFolder(folder: string, onChange: () => void): readonly FSWatcher[] {
  try {
    // It may be that no VM was ever booted here.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const watcher = watch(folder, { recursive: true }, onChange);
    // A folder that goes away while it is looked at; the slow look goes on.
    watcher.on('error', onChange);
    return [watcher];
  } catch {
    // No watches left, or no right to: the slow look remains.
    return [];
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
