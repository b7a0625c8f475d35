import { formatProblems, type Problem, VmError } from '@vmrs/core/driver';

/** What is known of a failure besides the problem itself. */
export interface PreparationErrorInit {
  /** The VM for which the host program is wanted. */
  readonly vm?: string | undefined;
  readonly cause?: unknown;
}

/** A `PREFLIGHT_FAILED` error: this host has no program in which a VM can run, and none can be made. */
export function preparationError(
  problem: Problem,
  { vm, cause }: PreparationErrorInit = {},
): VmError<'PREFLIGHT_FAILED'> {
  return new VmError('PREFLIGHT_FAILED', {
    driver: 'applevz',
    detail: formatProblems([problem]),
    details: { problems: [problem] },
    ...(vm === undefined ? {} : { vm }),
    ...(cause === undefined ? {} : { cause }),
  });
}
