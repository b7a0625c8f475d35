import { readdir, readlink } from 'node:fs/promises';

/** What a controller process holds: the things that a driver may leak in it. */
export interface Held {
  /** Open files and sockets, by what they lead to; Linux only, else empty. */
  readonly descriptors: readonly string[];
  /** Listeners on `process`, by event. */
  readonly listeners: readonly string[];
  /** Timers, sockets, children and so on that keep the event loop alive. */
  readonly resources: readonly string[];
}

/** What this process holds now. */
export async function heldByController(): Promise<Held> {
  const events = process.eventNames();
  return {
    descriptors: process.platform === 'linux' ? await descriptors() : [],
    listeners: events.map((event) => `${String(event)}: ${process.listenerCount(event)}`).sort(),
    resources: process
      .getActiveResourcesInfo()
      .filter((resource) => !NOISE.has(resource))
      .sort(),
  };
}

/** What `after` holds that `before` did not, as lines; empty when nothing was leaked. */
export function leakedSince(before: Held, after: Held): readonly string[] {
  return [
    ...more(before.descriptors, after.descriptors).map((path) => `descriptor of ${path}`),
    ...more(before.listeners, after.listeners).map((listener) => `listeners on process, ${listener}`),
    ...more(before.resources, after.resources).map((resource) => `active ${resource}`),
  ];
}

/** Things that come and go by themselves: the suite's own deadlines, requests in flight. */
const NOISE: ReadonlySet<string> = new Set([
  'Timeout',
  'Immediate',
  'FSReqPromise',
  'FSReqCallback',
  'CloseReq',
  'MessagePort',
]);

async function descriptors(): Promise<readonly string[]> {
  const fds = await readdir('/proc/self/fd');
  const targets = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => null))); // The listing's own descriptor is closed by now.
  // The numbers of anonymous objects differ from one to the next of the same kind.
  return targets
    .filter((target) => target !== null)
    .map((target) => target.replace(/^(socket|pipe):\[\d+\]$/, '$1'))
    .sort();
}

/** `after` less `before`, each entry counted. */
function more(before: readonly string[], after: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const entry of before) left.set(entry, (left.get(entry) ?? 0) + 1);
  return after.filter((entry) => {
    const count = left.get(entry) ?? 0;
    left.set(entry, count - 1);
    return count <= 0;
  });
}
