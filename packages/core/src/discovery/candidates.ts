import type { ProbeReport, VmDriver } from '../contract/index.ts';
import type { DriverCandidate } from '../errors/index.ts';
import { type AbortOptions, raceAbort } from '../util/abort.ts';
import { checkDriver } from './check-driver.ts';
import { type DiscoverOptions, discoverDrivers } from './discover.ts';
import { loadDriver } from './load.ts';
import type { DriverManifest } from './manifest.ts';

/** A driver, or what makes one when its turn comes. */
export type DriverSource = VmDriver | (() => VmDriver | Promise<VmDriver>);

/** Options of {@link gather}. */
export interface CandidateOptions extends DiscoverOptions {
  /** The drivers to choose from, in order of preference. Default: those found among the application's dependencies, by priority. */
  readonly drivers?: readonly DriverSource[];
  /** `<platform>-<arch>` to choose for. Default: this process's. */
  readonly platform?: string;
}

/** A driver that may be loaded. */
export interface Candidate {
  /** Known before loading for packages only. */
  readonly id: string | null;
  readonly package?: string;
  /** What its package says of it; absent for drivers that were given. */
  readonly manifest?: DriverManifest;
  readonly load: () => Promise<VmDriver>;
}

/** Serves {@link CandidateOptions.platform}: drivers of whatever platform. */
export const ANY_PLATFORM = '*';

/** The drivers that may be loaded, in order of preference, and packages that cannot serve, with the reason. */
export async function gather(
  options: CandidateOptions,
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
      candidates.push({
        id,
        package: descriptor.package,
        manifest: descriptor.manifest,
        load: () => loadDriver(descriptor),
      });
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

/** How an error or a report names a candidate. */
export function named(candidate: Candidate, id: string): { id: string; package?: string } {
  return candidate.package === undefined ? { id } : { id, package: candidate.package };
}

/** What a loaded driver says about this host. Throws what its probe throws. */
export async function ask(driver: VmDriver, { signal }: AbortOptions): Promise<ProbeReport> {
  return raceAbort(driver.probe(signal === undefined ? {} : { signal }), signal);
}

/** The problems of a driver that cannot be used here, and their fixes, in a sentence each. */
export function whyNot({ problems }: ProbeReport): Pick<DriverCandidate, 'reason' | 'fix'> {
  const fixes = problems.flatMap(({ fix }) => fix ?? []);
  const reason = problems.map(({ message }) => message).join('; ') || 'it cannot be used on this host';
  return { reason, ...(fixes.length === 0 ? {} : { fix: fixes.join('; ') }) };
}
