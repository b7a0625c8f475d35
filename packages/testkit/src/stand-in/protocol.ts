import type { GuestStep } from './guest-script.ts';

/**
 * Version of the control protocol: one JSON object per line, both ways, over a unix socket. The VMM greets each client with
 * {@link Greeting}; each request gets one reply with its `id`, in order; events go to all clients.
 */
export const PROTOCOL_VERSION = 1;

/** The VMM's first line to each client. */
export interface Greeting {
  readonly standIn: typeof PROTOCOL_VERSION;
  readonly status: GuestStatus;
}

/** What the VMM executes. */
export type GuestStatus = 'running' | 'paused';

/** What a client may ask for. */
export type Command =
  | { readonly do: 'status' }
  | { readonly do: 'power-button' }
  /** Ends the VMM at once; the connection ends with it. */
  | { readonly do: 'quit' }
  | { readonly do: 'pause' }
  | { readonly do: 'resume' }
  /** Writes the paused guest's state to a new file. */
  | { readonly do: 'save'; readonly file: string }
  /** Has guest and VMM do these steps now, beside the script: how tests inject faults into a running VM. */
  | { readonly do: 'steps'; readonly steps: readonly GuestStep[] };

/** A command on the wire. */
export type Request = Command & { readonly id: number };

/** The answer to the request of the same id. */
export type Reply = { readonly id: number; readonly ok: GuestStatus } | { readonly id: number; readonly error: string };

/** What the VMM tells all clients. */
export type VmmEvent =
  | { readonly event: 'paused' }
  | { readonly event: 'resumed' }
  /** The guest was reset inside the VMM. */
  | { readonly event: 'reset' }
  | { readonly event: 'panicked' }
  /** The last line before the VMM exits in good order, with why. */
  | { readonly event: 'ending'; readonly reason: 'power-off' | 'panic' | 'quit' };

/** Anything the VMM may say. */
export type VmmMessage = Greeting | Reply | VmmEvent;
