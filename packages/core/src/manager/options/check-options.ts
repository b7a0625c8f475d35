import { didYouMean } from '../../config/did-you-mean.ts';

/** The longest time that a timer of Node.js takes; it takes a longer one for one millisecond. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** A time in milliseconds that a caller gave, or `fallback` for undefined. Throws `TypeError` naming the option. */
export function checkTime<T extends number | undefined>(name: string, value: unknown, fallback: T): number | T {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && value >= 0 && value <= LONGEST_TIMER_MS) return value;
  throw new TypeError(`${name} must be a number of milliseconds from 0 to ${LONGEST_TIMER_MS}, got ${shown(value)}`);
}

/** Throws `TypeError` for an option that `call` does not have: a misspelt one must not be ignored. */
export function checkKnown(call: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = didYouMean(unknown, known);
  const advice = meant === null ? `it has ${known.join(', ')}` : `did you mean '${meant}'?`;
  throw new TypeError(`${call} has no option '${unknown}'; ${advice}`);
}

/** Throws `TypeError` for options whose `signal` is none: where a controller is given for its signal, for example. */
export function checkSignal(options: { readonly signal?: unknown } | undefined): void {
  const signal = options?.signal;
  if (signal === undefined || (isObject(signal) && 'aborted' in signal && 'addEventListener' in signal)) return;
  throw new TypeError(`signal must be an AbortSignal, got ${shown(signal)}`);
}

/** A value as it is shown in a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return isObject(value) ? (value.constructor?.name ?? 'an object') : String(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
