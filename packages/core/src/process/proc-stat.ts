/** What of `/proc/<pid>/stat` matters here. */
export interface ProcStat {
  /**
   * Whether the process has ended and only waits to be reaped. Not yet while only its first thread has: the others may run on, or take
   * a moment to end, and until then its files, sockets and locks are held.
   */
  readonly zombie: boolean;
  /** Field 22: clock ticks between the boot of the host and the start of the process. */
  readonly startTime: string;
}

/** Positions behind the program's name, which is field 2 (see proc_pid_stat(5), which counts from 1). */
const STATE = 0;
const NUM_THREADS = 17;
const START_TIME = 19;

/**
 * Reads one line of `/proc/<pid>/stat`; null when it is none. The program's name stands in brackets and may itself hold
 * brackets, blanks and line ends, so fields are counted from the last closing bracket.
 */
export function parseProcStat(line: string): ProcStat | null {
  const fields = line
    .slice(line.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  const state = fields[STATE];
  const startTime = fields[START_TIME];
  if (state === undefined || startTime === undefined || !/^\d+$/.test(startTime)) return null;
  const ended = state === 'Z' || state === 'X' || state === 'x';
  return { zombie: ended && Number(fields[NUM_THREADS]) <= 1, startTime };
}
