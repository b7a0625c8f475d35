/**
 * What the hypervisor and this driver say to each other: one JSON object per line.
 *
 * TODO(acmevisor): this is the stand-in's protocol. Your hypervisor has its own: HTTP over a unix socket, a library, a command-line tool.
 */

/** What the hypervisor executes. */
export type Status = 'running' | 'paused';

/** What it can be asked for. */
export type Command = 'status' | 'power-button' | 'quit' | 'pause' | 'resume';

/** What it reports by itself. */
export type Event =
  | { readonly event: 'paused' | 'resumed' | 'reset' | 'panicked' }
  /** Its last words. */
  | { readonly event: 'ending'; readonly reason: 'power-off' | 'panic' | 'quit' };

/** Anything that it says. */
export type Message =
  | { readonly standIn: number; readonly status: Status }
  | { readonly id: number; readonly ok: Status }
  | { readonly id: number; readonly error: string }
  | Event;

/** One line as a message; null for what is none. */
export function parseMessage(line: string): Message | null {
  try {
    const value: unknown = JSON.parse(line);
    const known =
      typeof value === 'object' && value !== null && ('standIn' in value || 'id' in value || 'event' in value);
    return known ? (value as Message) : null;
  } catch {
    return null; // The caller reports it, with the line.
  }
}
