import type { ProbeReport, VmDriver } from '../contract/index.ts';
import type { AbortOptions } from '../util/abort.ts';
import { ask, type Candidate, type CandidateOptions, gather, named, whyNot } from './candidates.ts';
import type { DriverManifest } from './manifest.ts';
import { refuseAborted } from './select.ts';

/** Options of {@link surveyDrivers}. */
export interface SurveyOptions extends AbortOptions, CandidateOptions {}

/** A driver that was found, and how it fares on this host. */
export interface DriverSurvey {
  /** Driver id, or the package's name where its id cannot be read. */
  readonly id: string;
  /** npm package it comes from, when it comes from one. */
  readonly package?: string;
  /** What its package says of it; null for one that was given, and for one that cannot be used at all. */
  readonly manifest: DriverManifest | null;
  /** Null when it was not loaded, or cannot be. */
  readonly driver: VmDriver | null;
  /** What it says about this host; null when it was not asked, or failed to answer. */
  readonly report: ProbeReport | null;
  /** Whether it can boot VMs here. */
  readonly usable: boolean;
  /** Why it cannot; absent when it can. */
  readonly reason?: string;
  /** What would make it. */
  readonly fix?: string;
}

/**
 * Loads and asks every driver that `VmManager.open()` would choose from, in order of preference: the first usable one is the one that it takes, unless another is
 * asked for. Those that cannot serve come last. One that cannot be loaded, or fails to answer, is told of like all others. Throws `IO`, `ABORTED`.
 */
export async function surveyDrivers(options: SurveyOptions = {}): Promise<readonly DriverSurvey[]> {
  const { candidates, rejected } = await gather(options);
  const asked = await Promise.all(candidates.map((candidate) => survey(candidate, options)));
  refuseAborted(options.signal);
  const others = rejected.map((candidate): DriverSurvey => {
    return { ...candidate, manifest: null, driver: null, report: null, usable: false };
  });
  return [...asked, ...others];
}

async function survey(candidate: Candidate, options: AbortOptions): Promise<DriverSurvey> {
  const manifest = candidate.manifest ?? null;
  let driver: VmDriver | null = null;
  try {
    driver = await candidate.load();
    const report = await ask(driver, options);
    const who = { ...named(candidate, driver.id), manifest, driver, report, usable: report.usable };
    return report.usable ? who : { ...who, ...whyNot(report) };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const reason = driver === null ? words : `its probe failed: ${words}`;
    const who = named(candidate, driver?.id ?? candidate.id ?? '(not loaded)');
    return { ...who, manifest, driver, report: null, usable: false, reason };
  }
}
