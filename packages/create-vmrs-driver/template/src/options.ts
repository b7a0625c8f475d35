/** Options of the Acmevisor driver. */
export interface AcmevisorOptions {
  /** The hypervisor's program, and arguments that come before all others. Default: `acmevisor`, looked for on `PATH`. */
  readonly command?: readonly [string, ...string[]];
  /** How long it may take to start, in milliseconds. Default 10000. */
  readonly startTimeoutMs?: number;
  /** How long it may take to answer, in milliseconds. Default 5000. */
  readonly answerTimeoutMs?: number;
}

/** {@link AcmevisorOptions} with their defaults. */
export type ResolvedOptions = Required<AcmevisorOptions>;

/** Fills in the defaults. */
export function resolveOptions(options: AcmevisorOptions): ResolvedOptions {
  // TODO(acmevisor): the name of your hypervisor's program.
  return { command: ['acmevisor'], startTimeoutMs: 10_000, answerTimeoutMs: 5_000, ...options };
}
