/** Options of the User-Mode Linux driver. */
export interface UmlOptions {
  /** Path of `uml_mconsole`. Default: looked for on `PATH` and in the usual folders. */
  readonly mconsole?: string;
  /** How long a kernel may take until its control socket is there, in milliseconds. Default 20000. */
  readonly startTimeoutMs?: number;
  /** How long a kernel may take to answer, in milliseconds. Default 5000. */
  readonly answerTimeoutMs?: number;
}

/** {@link UmlOptions} with their defaults. */
export interface ResolvedOptions {
  readonly mconsole: string | null;
  readonly startTimeoutMs: number;
  readonly answerTimeoutMs: number;
}

/** Fills in the defaults. */
export function resolveOptions({
  mconsole,
  startTimeoutMs = 20_000,
  answerTimeoutMs = 5_000,
}: UmlOptions): ResolvedOptions {
  return { mconsole: mconsole ?? null, startTimeoutMs, answerTimeoutMs };
}
