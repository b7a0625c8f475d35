import { InvalidArgumentError } from 'commander';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
/** The longest time that a timer of Node.js takes. */
const LONGEST_MS = 2 ** 31 - 1;

/** Milliseconds of `30s`, `500ms`, `2m`, `1h`, or of a plain number of seconds. Throws commander's error for anything else. */
export function parseDuration(text: string): number {
  const { amount, unit = 's' } = /^(?<amount>\d+(\.\d+)?)(?<unit>ms|s|m|h)?$/.exec(text)?.groups ?? {};
  const ms = Number(amount) * UNITS[unit as keyof typeof UNITS];
  if (!(ms <= LONGEST_MS))
    throw new InvalidArgumentError("It must be a time such as '30s', '500ms' or '2m', at most 24 days.");
  return Math.round(ms);
}

/** `0.4 s`, `12.3 s`, `2 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** How long ago that was: `5s`, `3m`, `2h`, `4d`; `?` for no time at all. */
export function formatAge(since: string, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(since)) / 1000));
  if (Number.isNaN(seconds)) return '?';
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
