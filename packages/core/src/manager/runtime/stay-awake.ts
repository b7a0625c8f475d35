import { LONGEST_TIMER_MS } from '../options/check-options.ts';

/**
 * Keeps the program alive until `until` settles. A VM that a controller holds does so, as an open server does; otherwise a program
 * that awaits nothing but the VM's end would be over before it.
 */
export function stayAwake(until: Promise<unknown>): void {
  const handle = setInterval(() => undefined, LONGEST_TIMER_MS);
  const rest = (): void => clearInterval(handle);
  until.then(rest, rest);
}
