import type { Clock } from '@vmrs/core/driver';
import type { ApiClient } from '../control/api-client.ts';
import type { EventFile } from '../control/event-file.ts';
import { hypervisorError } from '../errors.ts';

/**
 * Asks the guest to let a device go and waits until it has: Cloud Hypervisor says so by an event. Until then its file, tap or socket is in use. Throws `HYPERVISOR` when the
 * guest does not within `timeoutMs`, or the signal's reason.
 */
export async function eject(
  { api, events, clock }: { readonly api: ApiClient; readonly events: EventFile; readonly clock: Clock },
  id: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  using removed = events.waitFor(({ event, properties }) => event === 'device-removed' && properties['id'] === id);
  await api.put('vm.remove-device', { id }, signal === undefined ? {} : { signal });
  const timer = new AbortController();
  try {
    const late = clock.sleep(timeoutMs, AbortSignal.any([timer.signal, ...(signal === undefined ? [] : [signal])]));
    if (await Promise.race([removed.promise.then(() => true), late.then(() => false)])) return;
  } finally {
    timer.abort();
  }
  throw hypervisorError(
    'vm.remove-device',
    `the guest has not let device '${id}' go within ${timeoutMs} ms; a guest without hotplug never does, and a paused one cannot`,
  );
}
