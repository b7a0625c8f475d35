import type { BootSpec, JsonObject, Problem } from '@vmrs/core/driver';

/** The options of the fake driver for one VM. */
export interface FakeVmOptions {
  /** Text that the VMM gets in its environment, as `STAND_IN_LABEL`. Default none. */
  readonly label?: string;
  /** How long this VM's VMM may take to answer. Default: the driver's own. */
  readonly control?: { readonly answerMs?: number };
}

/** What is wrong with `driverOptions`: everything that is not in {@link FakeVmOptions}, each at its path. */
export function driverOptionProblems({ driverOptions }: BootSpec): readonly Problem[] {
  const { label, control, ...others } = driverOptions;
  const problems = unknown(others, 'driverOptions', 'label and control');
  if (label !== undefined && (typeof label !== 'string' || label.includes('\0'))) {
    problems.push({ path: 'driverOptions.label', message: 'must be text without NUL characters' });
  }
  if (control !== undefined) problems.push(...controlProblems(control));
  return problems;
}

/** The options of a VM, which were checked when it was booted. */
export function driverOptionsOf({ driverOptions }: BootSpec): FakeVmOptions {
  return driverOptions as FakeVmOptions;
}

function controlProblems(control: JsonObject[string]): readonly Problem[] {
  const path = 'driverOptions.control';
  if (typeof control !== 'object' || control === null || Array.isArray(control)) {
    return [{ path, message: 'must be an object' }];
  }
  const { answerMs, ...others } = control as JsonObject;
  const problems = unknown(others, path, 'answerMs');
  if (answerMs !== undefined && !(Number.isSafeInteger(answerMs) && Number(answerMs) > 0)) {
    problems.push({ path: `${path}.answerMs`, message: 'must be a whole number of milliseconds above 0' });
  }
  return problems;
}

function unknown(others: JsonObject, path: string, known: string): Problem[] {
  const fix = `the fake driver has ${known}`;
  return Object.keys(others).map((name) => ({ path: `${path}.${name}`, message: 'unknown option', fix }));
}
