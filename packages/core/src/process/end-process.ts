import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity } from '../contract/index.ts';
import { VmError } from '../errors/index.ts';
import { checkIdentity } from './identity.ts';
import { signalOrGone } from './signal.ts';

/** How long a process gets. */
export interface EndDeadlines {
  /** After SIGTERM. Default 1000. */
  readonly termMs?: number;
  /** After SIGKILL, which the kernel may still take time for: freeing memory, waiting for a device. Default 10000. */
  readonly killMs?: number;
}

const FIRST_DELAY_MS = 1;
const LONGEST_DELAY_MS = 50;

/**
 * Ends a process and its group: SIGTERM, a short wait, SIGKILL, confirmed gone. One that is gone already, its pid reused or
 * not, is success. Throws `IO` when it cannot be told, signalled, or when it survives.
 */
export async function endProcess(identity: ProcessIdentity, deadlines: EndDeadlines = {}): Promise<void> {
  const { termMs = 1_000, killMs = 10_000 } = deadlines;
  if (await endsBy(identity, 'SIGTERM', termMs)) return;
  if (await endsBy(identity, 'SIGKILL', killMs)) return;
  const detail = `process ${identity.pid} is still there ${killMs} ms after SIGKILL; it probably waits for a device`;
  throw new VmError('IO', { detail, details: {} });
}

async function endsBy(identity: ProcessIdentity, signal: NodeJS.Signals, withinMs: number): Promise<boolean> {
  return (await signalOrGone(identity, signal)) === 'gone' || (await goneBy(identity, withinMs));
}

/** Whether a process that is about to end is gone within that time. What cannot be told counts as not gone. */
export async function goneBy(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    if ((await checkIdentity(identity)) === 'gone') return true;
    if (performance.now() >= deadline) return false;
    await sleep(delayMs);
  }
}
