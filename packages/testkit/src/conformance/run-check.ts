import type { ConformanceCheck } from './check.ts';
import { within } from './expectations.ts';
import { SkippedError } from './skipped-error.ts';
import { type ConformanceSubject, isMissing } from './subject.ts';
import { World } from './world.ts';

const DEFAULT_CHECK_MS = 120_000;

/** What became of a check. */
export type CheckOutcome =
  | { readonly status: 'passed' }
  /** With the capability or the prerequisite that is missing. */
  | { readonly status: 'skipped'; readonly reason: string }
  | { readonly status: 'failed'; readonly error: unknown };

/** How long a check of `subject` may take, in milliseconds. */
export function checkTimeoutMs(subject: ConformanceSubject): number {
  return subject.checkTimeoutMs ?? DEFAULT_CHECK_MS;
}

/** Runs one check in a world of its own and clears up after it, whatever it did. One at a time in a process. */
export async function runCheck(check: ConformanceCheck, subject: ConformanceSubject): Promise<CheckOutcome> {
  const reason = await whyNot(check, subject);
  if (reason !== null) return { status: 'skipped', reason };
  await using world = await World.create(subject);
  try {
    await within(checkTimeoutMs(subject), check.run(world), 'the check');
    return { status: 'passed' };
  } catch (error) {
    return error instanceof SkippedError ? { status: 'skipped', reason: error.message } : { status: 'failed', error };
  }
}

async function whyNot(check: ConformanceCheck, subject: ConformanceSubject): Promise<string | null> {
  const missing = (await subject.prerequisites?.()) ?? null;
  if (isMissing(missing)) return missing.missing;
  const { capabilities } = subject.createDriver();
  const lacking = (check.needs ?? []).filter((capability) => !capabilities[capability]);
  return lacking.length === 0 ? null : `driver '${subject.name}' does not declare ${lacking.join(', ')}`;
}
