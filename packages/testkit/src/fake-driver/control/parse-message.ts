import type { VmmMessage } from '../../stand-in/index.ts';

const EVENTS: ReadonlySet<unknown> = new Set(['paused', 'resumed', 'reset', 'panicked', 'ending']);
const REASONS: ReadonlySet<unknown> = new Set(['power-off', 'panic', 'quit']);

/** One line from the VMM as a message; null for everything that is none. */
export function parseMessage(line: string): VmmMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null; // The caller reports it, with the line.
  }
  return typeof value === 'object' && value !== null && isMessage(value) ? value : null;
}

function isMessage(value: object): value is VmmMessage {
  if ('standIn' in value) return typeof value.standIn === 'number' && isStatus('status' in value && value.status);
  if ('event' in value) {
    return EVENTS.has(value.event) && (value.event !== 'ending' || ('reason' in value && REASONS.has(value.reason)));
  }
  if (!('id' in value) || typeof value.id !== 'number') return false;
  return 'ok' in value ? isStatus(value.ok) : 'error' in value && typeof value.error === 'string';
}

function isStatus(value: unknown): boolean {
  return value === 'running' || value === 'paused';
}
