import { execFile } from 'node:child_process';
import { errnoOf } from '@vmrs/core/driver';

/** How a program went. */
export type ProgramEnd =
  /** It ended: with a code, or by a signal. */
  | {
      readonly kind: 'ended';
      readonly code: number | null;
      readonly signal: string | null;
      readonly stdout: string;
      readonly stderr: string;
    }
  /** It could not be started. `code`: the system's, such as `ENOENT`. */
  | { readonly kind: 'not-started'; readonly code: string; readonly cause: unknown }
  /** It did not end in time, or wrote without end; it was killed. */
  | { readonly kind: 'endless'; readonly after: string };

/** How a program is run. */
export interface RunProgramOptions {
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

const MOST_OUTPUT_BYTES = 1024 * 1024;

/** Runs a program to its end, without a shell and without input. Rejects only with the reason of `signal`; the program is killed then. */
export function runProgram(
  file: string,
  args: readonly string[],
  { timeoutMs, env, signal }: RunProgramOptions,
): Promise<ProgramEnd> {
  signal?.throwIfAborted();
  const late = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const ended = (error: Error | null, stdout: string, stderr: string): void => {
      if (signal?.aborted) reject(signal.reason);
      else if (late.aborted) resolve({ kind: 'endless', after: `${timeoutMs} ms` });
      else resolve(endOf(error, stdout, stderr));
    };
    const child = execFile(
      file,
      [...args],
      {
        encoding: 'utf8',
        maxBuffer: MOST_OUTPUT_BYTES,
        killSignal: 'SIGKILL',
        signal: signal === undefined ? late : AbortSignal.any([signal, late]),
        ...(env === undefined ? {} : { env }),
      },
      ended,
    );
    child.stdin?.end();
  });
}

function endOf(error: Error | null, stdout: string, stderr: string): ProgramEnd {
  if (error === null) return { kind: 'ended', code: 0, signal: null, stdout, stderr };
  const errno = errnoOf(error);
  if (errno === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return { kind: 'endless', after: `${MOST_OUTPUT_BYTES} bytes` };
  if (errno !== undefined) return { kind: 'not-started', code: errno, cause: error };
  const code = 'code' in error && typeof error.code === 'number' ? error.code : null;
  const signal = 'signal' in error && typeof error.signal === 'string' ? error.signal : null;
  return { kind: 'ended', code, signal, stdout, stderr };
}

/** An end in words, with what the program said last: `ended with code 1: no identity found`. */
export function describeEnd(end: ProgramEnd): string {
  switch (end.kind) {
    case 'not-started':
      return `could not be started (${end.code})`;
    case 'endless':
      return `did not end within ${end.after}`;
    case 'ended': {
      const said = lastWords(end.stderr) || lastWords(end.stdout);
      return `ended with ${end.signal ?? `code ${end.code}`}${said === '' ? '' : `: ${said}`}`;
    }
  }
}

const MOST_WORDS = 600;

function lastWords(output: string): string {
  return output
    .trim()
    .replace(/\s*\n\s*/g, ' | ')
    .slice(-MOST_WORDS);
}
