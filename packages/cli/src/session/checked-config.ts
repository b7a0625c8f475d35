import { type BootPlan, isVmError, type Problem, type VmConfig, VmError, type VmManager } from '@vmrs/core';
import type { VmRequest } from '../config/vm-request.ts';
import type { PlacedProblem } from '../json/shapes.ts';

/** What a boot would say to the request: a plan, or every problem with the place in the file. */
export type Checked =
  | { readonly plan: BootPlan; readonly problems: readonly [] }
  | { readonly plan: null; readonly problems: readonly PlacedProblem[]; readonly error: VmError };

/** Checks a request with everything that a boot checks, and the file's own fields. Throws what is no problem of the configuration. */
export async function check(vms: VmManager, { config, file }: VmRequest): Promise<Checked> {
  const own = file?.problems ?? [];
  try {
    // Of unknown origin: checking it is what is being done.
    const plan = await vms.plan(config as unknown as VmConfig);
    if (own.length === 0) return { plan, problems: [] };
    return refusal(own, file);
  } catch (error) {
    if (!isVmError(error, 'INVALID_CONFIG') && !isVmError(error, 'UNSUPPORTED')) throw error;
    return refusal([...own, ...error.details.problems], file, error);
  }
}

function refusal(problems: readonly Problem[], file: VmRequest['file'], error?: VmError): Checked {
  const placed = problems.map((problem) => ({ ...problem, at: file?.locate(problem.path) ?? null }));
  const told = placed.map(({ at, path, ...rest }) => {
    return { ...rest, path: at === null || file === null ? path : `${file.path}:${at}: ${path}` };
  });
  const details = { capabilities: [], ...error?.details, problems: told };
  const code = isVmError(error, 'UNSUPPORTED') ? 'UNSUPPORTED' : 'INVALID_CONFIG';
  const detail = told.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return { plan: null, problems: placed, error: new VmError(code, { detail, details, cause: error }) };
}
