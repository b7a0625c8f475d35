/**
 * What went wrong, for programs:
 *
 * - `INVALID_INPUT`: an option or a seed field is wrong; `problems` lists all of them
 * - `NOT_FOUND`: a file, package or module that is needed does not exist
 * - `BAD_FORMAT`: a file is not what it should be (a text file as kernel, a damaged archive)
 * - `CHECKSUM_MISMATCH`: what was downloaded is not what the index promised
 * - `BUSYBOX_NOT_STATIC`: the busybox would need libraries that the guest does not have
 * - `TOOL_FAILED`: apt, or another program of the host, failed
 * - `DOWNLOAD_FAILED`: the mirror could not be reached or answered with an error
 * - `UNSUPPORTED`: an architecture or a compression that this package does not know
 * - `ABORTED`: the caller's signal was aborted
 * - `IO`: the cache or an output file could not be read or written
 */
export type GuestErrorCode =
  | 'INVALID_INPUT'
  | 'NOT_FOUND'
  | 'BAD_FORMAT'
  | 'CHECKSUM_MISMATCH'
  | 'BUSYBOX_NOT_STATIC'
  | 'TOOL_FAILED'
  | 'DOWNLOAD_FAILED'
  | 'UNSUPPORTED'
  | 'ABORTED'
  | 'IO';

/** The one error class of this package. The message says what happened and what to do about it. */
export class GuestError extends Error {
  override readonly name = 'GuestError';
  readonly code: GuestErrorCode;
  /** Every single problem, when the input has several; else empty. */
  readonly problems: readonly string[];

  constructor(code: GuestErrorCode, message: string, options: { cause?: unknown; problems?: readonly string[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.problems = options.problems ?? [];
  }
}

/** Throws `ABORTED` when the signal is aborted; does nothing without a signal. */
export function throwIfAborted(signal: AbortSignal | undefined, doing: string): void {
  if (signal?.aborted) throw abortedError(doing, signal.reason);
}

/** The `ABORTED` error for work that was under way. */
export function abortedError(doing: string, cause: unknown): GuestError {
  return new GuestError('ABORTED', `aborted while ${doing}`, { cause });
}
