import type { AnyVmOptions } from '../config/index.ts';
import type { ProbeReport, VmDriver } from '../contract/index.ts';
import { type DriverCandidate, VmError } from '../errors/index.ts';
import { type AbortOptions, raceAbort } from '../util/abort.ts';
import { checkDriver } from './check-driver.ts';
import { type DiscoverOptions, discoverDrivers } from './discover.ts';
import { loadDriver } from './load.ts';

/** A driver, or what makes one when its turn comes. */
export type DriverSource = VmDriver | (() => VmDriver | Promise<VmDriver>);

/** The type of the options for one VM that a driver, or what makes it, has; {@link AnyVmOptions} where it does not say. */
export type VmOptionsOf<Source extends DriverSource> = OptionsOf<
  Source extends () => infer Made ? Awaited<Made> : Source
>;

type OptionsOf<Driver> =
  Driver extends VmDriver<infer Options> ? (keyof Options extends never ? AnyVmOptions : Options) : AnyVmOptions;

/** Options of {@link selectDriver}. */
export interface SelectOptions extends AbortOptions, DiscoverOptions {
  /** The drivers to choose from, in order of preference. Default: those found among the application's dependencies, by priority. */
  readonly drivers?: readonly DriverSource[];
  /** Id of the one that is wanted. Default `$VMRS_DRIVER`, else any. */
  readonly driver?: string;
  /** `<platform>-<arch>` to choose for. Default: this process's. */
  readonly platform?: string;
}

/** The driver that serves, and what it said about this host. */
export interface Selection {
  readonly driver: VmDriver;
  readonly report: ProbeReport;
}

/** A driver that may be loaded. */
interface Candidate {
  /** Known before loading for packages only. */
  readonly id: string | null;
  readonly package?: string;
  readonly load: () => Promise<VmDriver>;
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
      const result = await tryOut(candidate, driver, options);
      if ('driver' in result) return result;
      reasons.push(result);
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

const ANY_PLATFORM = '*';

async function gather(
  options: SelectOptions,
): Promise<{ candidates: readonly Candidate[]; rejected: readonly DriverCandidate[] }> {
  if (options.drivers !== undefined) {
    const candidates = options.drivers.map(
      (source): Candidate => ({
        id: typeof source === 'function' ? null : source.id,
        load: async () => checkDriver(typeof source === 'function' ? await source() : source, 'the option drivers'),
      }),
    );
    return { candidates, rejected: [] };
  }
  const platform = options.platform ?? `${process.platform}-${process.arch}`;
  const found = await discoverDrivers(options);
  const rejected = [...found.rejected];
  const candidates: Candidate[] = [];
  for (const descriptor of found.drivers.toSorted((a, b) => b.manifest.priority - a.manifest.priority)) {
    const { id, platforms } = descriptor.manifest;
    if (platform === ANY_PLATFORM || platforms.length === 0 || platforms.includes(platform)) {
      candidates.push({ id, package: descriptor.package, load: () => loadDriver(descriptor) });
    } else {
      rejected.push({
        id,
        package: descriptor.package,
        reason: `it serves ${platforms.join(', ')}, and this is ${platform}`,
      });
    }
  }
  return { candidates, rejected };
}

async function tryOut(
  candidate: Candidate,
  driver: VmDriver,
  { signal }: SelectOptions,
): Promise<Selection | DriverCandidate> {
  const who = named(candidate, driver.id);
  const report = await raceAbort(driver.probe(signal === undefined ? {} : { signal }), signal);
  if (report.usable) return { driver, report };
  const fixes = report.problems.flatMap(({ fix }) => fix ?? []);
  const reason = report.problems.map(({ message }) => message).join('; ') || 'it cannot be used on this host';
  return { ...who, reason, ...(fixes.length === 0 ? {} : { fix: fixes.join('; ') }) };
}

function named(candidate: Candidate, id: string): { id: string; package?: string } {
  return candidate.package === undefined ? { id } : { id, package: candidate.package };
}

function refuseAborted(signal: AbortSignal | undefined): void {
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
