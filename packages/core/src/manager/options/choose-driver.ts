import type { ProbeReport, VmDriver } from '../../contract/index.ts';
import { selectDriver } from '../../discovery/index.ts';
import type { ManagerOptions } from './manager-options.ts';

/** Where drivers are looked for, by the options of a manager. */
export function candidateOptions({ drivers, from }: ManagerOptions): Pick<ManagerOptions, 'drivers' | 'from'> {
  return { ...(drivers === undefined ? {} : { drivers }), ...(from === undefined ? {} : { from }) };
}

/** The driver that a manager boots with, and what it said about this host; none for `driver: null`. Throws what `selectDriver` throws. */
export async function chooseDriver(
  options: ManagerOptions,
): Promise<{ readonly driver: VmDriver | null; readonly report: ProbeReport }> {
  const { driver, signal } = options;
  if (driver === null) return { driver, report: NONE };
  return selectDriver({
    ...candidateOptions(options),
    ...(driver === undefined ? {} : { driver }),
    ...(signal === undefined ? {} : { signal }),
  });
}

const NONE: ProbeReport = Object.freeze({
  usable: false,
  problems: [{ path: 'driver', message: 'no driver was to be chosen', fix: 'open a manager without driver: null' }],
  facts: {},
});
