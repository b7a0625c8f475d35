import type { BootSpec, Problem } from '@vmrs/core/driver';
import { readGuestScript } from '../../stand-in/index.ts';
import { driverOptionProblems } from './driver-options.ts';

const MOST_CPUS = 64;

/** The rules of the stand-in VMM over and above core's: all that are broken, at once. */
export async function validateSpec(spec: BootSpec): Promise<readonly Problem[]> {
  const problems: Problem[] = [...driverOptionProblems(spec)];
  if (spec.cpus > MOST_CPUS)
    problems.push({ path: 'cpus', message: `the stand-in VMM has at most ${MOST_CPUS}, not ${spec.cpus}` });
  if (spec.kernel === null) {
    problems.push({ path: 'kernel', message: 'the stand-in VMM boots nothing but a guest script' });
  } else {
    try {
      await readGuestScript(spec.kernel);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      problems.push({ path: 'kernel', message: `is no guest script: ${why}`, fix: 'make it with writeGuestScript()' });
    }
  }
  return problems;
}
