/** Writes one line: fields first, then the message. */
export interface LogMethod {
  (fields: object, message: string): void;
  (message: string): void;
}

/** The structural logger of core and drivers. Any pino instance fits. */
export interface Logger {
  /** Wire traffic. */
  readonly trace: LogMethod;
  /** Decisions and transitions. */
  readonly debug: LogMethod;
  /** VM started, VM stopped. */
  readonly info: LogMethod;
  /** Recovered anomalies. */
  readonly warn: LogMethod;
  /** Failures in the background that no caller sees. */
  readonly error: LogMethod;
  /** A logger that adds `fields` to every line. */
  child(fields: object): Logger;
}
