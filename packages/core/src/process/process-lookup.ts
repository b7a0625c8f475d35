import type { ProcessIdentity } from '../contract/index.ts';

/** That something could not be found out, and why. */
export interface Unknown {
  readonly status: 'unknown';
  readonly reason: string;
  readonly cause?: unknown;
}

/** What the system says about a pid. A zombie has ended; only its parent has not been told yet. */
export type ProcessLookup =
  | { readonly status: 'alive' | 'zombie'; readonly identity: ProcessIdentity }
  | { readonly status: 'gone' }
  | Unknown;

/** The part of a {@link ProcessLookup} that a platform's process table answers. */
export type TableEntry =
  | { readonly status: 'alive' | 'zombie'; readonly startTime: string }
  | { readonly status: 'gone' }
  | Unknown;

/** The part of an identity that all processes share which this one can see. */
export type HostIdentity =
  | { readonly status: 'known'; readonly bootId: string; readonly pidNamespace: string }
  | Unknown;
