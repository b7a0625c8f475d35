import type { Keep, Lifetime } from '@vmrs/core';
import type { GlobalOptions } from './global-options.ts';

/** The flags of `run` that do not describe the VM. */
export interface RunOptions extends GlobalOptions {
  readonly detach?: boolean;
  readonly keep?: Keep;
  readonly lifetime?: Lifetime;
  readonly wait: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Milliseconds. */
  readonly grace?: number;
  readonly console: boolean;
}
