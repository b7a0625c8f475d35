import type { Logger } from '../contract/index.ts';

/** Options of {@link createLogger}. */
export interface LoggerOptions {
  /** Lowest level that is written: `trace`, `debug`, `info`, `warn` or `error`. Default `$VMRS_LOG`, else `info`. */
  readonly level?: string;
  /** Where lines of JSON go. Default: stderr, since stdout belongs to the program. */
  readonly destination?: { write(line: string): unknown };
}

const nothing = (): void => {
  // Silence is this logger's purpose.
};

/** Writes nothing. The default of everything in this framework. */
export const silentLogger: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};

/** Secrets have no place on a kernel command line, and yet are put there; it is never logged. */
const REDACTED = ['cmdline', '*.cmdline', 'spec.cmdline', '*.spec.cmdline'];

/** A pino logger with the framework's conventions. pino is loaded here and nowhere else. */
export async function createLogger(options: LoggerOptions = {}): Promise<Logger> {
  const { pino, destination } = await import('pino');
  const settings = {
    level: options.level ?? process.env['VMRS_LOG'] ?? 'info',
    redact: REDACTED,
    serializers: { err: pino.stdSerializers.err },
  };
  const logger: Logger = pino(settings, options.destination ?? destination(2));
  return logger;
}
