import type { AnyVmOptions } from '../config/index.ts';
import type { ProbeReport, VmDriver } from '../contract/index.ts';
import { type DriverCandidate, VmError } from '../errors/index.ts';
import type { AbortOptions } from '../util/abort.ts';
import { ANY_PLATFORM, ask, type CandidateOptions, type DriverSource, gather, named, whyNot } from './candidates.ts';

/** The type of the options for one VM that a driver, or what makes it, has; {@link AnyVmOptions} where it does not say. */
export type VmOptionsOf<Source extends DriverSource> = OptionsOf<
  Source extends () => infer Made ? Awaited<Made> : Source
>;

type OptionsOf<Driver> =
  Driver extends VmDriver<infer Options> ? (keyof Options extends never ? AnyVmOptions : Options) : AnyVmOptions;

/** Options of {@link selectDriver}. */
export interface SelectOptions extends AbortOptions, CandidateOptions {
  /** Id of the one that is wanted. Default `$VMRS_DRIVER`, else any. */
  readonly driver?: string;
}

/** The driver that serves, and what it said about this host. */
export interface Selection {
  readonly driver: VmDriver;
  readonly report: ProbeReport;
}

/**
 * The first usable driver. A driver that cannot be loaded or used is passed over, and told of only when none is left:
 * `NO_DRIVER` lists every candidate with its reason. Where there is but one candidate, its own `CONTRACT_MISMATCH` or `DRIVER_LOAD`
 * is thrown. An empty `$VMRS_DRIVER` counts as none. Throws `ABORTED`.
 */
export async function selectDriver(options: SelectOptions = {}): Promise<Selection> {
  const fromEnv = process.env['VMRS_DRIVER'];
  const wanted = options.driver ?? (fromEnv === '' ? undefined : fromEnv);
  const { candidates, rejected } = await gather(options);
  const reasons: DriverCandidate[] = [...rejected];
  const failures: unknown[] = [];
  const probeFailures: unknown[] = [];
  for (const candidate of candidates) {
    refuseAborted(options.signal);
    if (wanted !== undefined && candidate.id !== null && candidate.id !== wanted) {
      reasons.push({ ...named(candidate, candidate.id), reason: 'it was not asked for' });
      continue;
    }
    let driver: VmDriver;
    try {
      driver = await candidate.load();
    } catch (error) {
      failures.push(error);
      reasons.push({
        ...named(candidate, candidate.id ?? '(not loaded)'),
        reason: error instanceof Error ? error.message : String(error),
      });
      continue;
    }
    if (wanted !== undefined && driver.id !== wanted) {
      reasons.push({ ...named(candidate, driver.id), reason: 'it was not asked for' });
      continue;
    }
    try {
      const report = await ask(driver, options);
      if (report.usable) return { driver, report };
      reasons.push({ ...named(candidate, driver.id), ...whyNot(report) });
    } catch (error) {
      refuseAborted(options.signal);
      probeFailures.push(error);
      const reason = `its probe failed: ${error instanceof Error ? error.message : String(error)}`;
      reasons.push({
        ...named(candidate, driver.id),
        reason,
        fix: `report it to the authors of driver '${driver.id}'`,
      });
    }
  }
  if (reasons.length === 1 && failures.length === 1) throw failures[0];
  throw noDriver(reasons, wanted, [...failures, ...probeFailures]);
}

/** Loads a driver by id without asking whether it could boot anything here. Throws `NO_DRIVER`, `DRIVER_LOAD`, `CONTRACT_MISMATCH`. */
export async function resolveDriver(id: string, options: SelectOptions = {}): Promise<VmDriver> {
  const { candidates, rejected } = await gather({ ...options, platform: ANY_PLATFORM });
  const reasons: DriverCandidate[] = [...rejected];
  for (const candidate of candidates) {
    if (candidate.id !== null && candidate.id !== id) {
      reasons.push({ ...named(candidate, candidate.id), reason: 'it was not asked for' });
      continue;
    }
    const driver = await candidate.load();
    if (driver.id === id) return driver;
    reasons.push({ ...named(candidate, driver.id), reason: 'it was not asked for' });
  }
  throw noDriver(reasons, id);
}

/** Throws `ABORTED` when the choice of a driver was given up. */
export function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  const operation = 'choose a driver';
  throw new VmError('ABORTED', { detail: `${operation} was given up`, details: { operation }, cause: signal.reason });
}

/** `failures`: what was thrown on the way, kept as the cause. */
function noDriver(
  candidates: readonly DriverCandidate[],
  wanted: string | undefined,
  failures: readonly unknown[] = [],
): VmError<'NO_DRIVER'> {
  const lines = candidates.map(({ id, reason, fix }) => `${id}: ${reason}${fix === undefined ? '' : ` (${fix})`}`);
  const none =
    'no driver was given, and no installed driver package is among the dependencies of the application; install one, such as @vmrs/driver-qemu';
  const asked = wanted === undefined ? '' : `'${wanted}' was asked for (option driver, or VMRS_DRIVER); `;
  const detail = asked + (lines.length === 0 ? none : lines.join('; '));
  const cause =
    failures.length === 0 ? undefined : new AggregateError(failures, 'drivers that could not be loaded or probed');
  return new VmError('NO_DRIVER', { detail, details: { candidates }, cause });
}
