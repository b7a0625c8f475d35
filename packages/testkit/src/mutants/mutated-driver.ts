import type { VmDriver } from '@vmrs/core/driver';
import { fakeDriver } from '../fake-driver/index.ts';
import { MUTANTS } from './all-mutants.ts';

/** The mutant whose number in {@link MUTANTS} is in this module's own URL, so that other processes can make it too. */
export function createMutatedDriver(): VmDriver {
  const number = Number(new URL(import.meta.url).searchParams.get('mutant'));
  const mutant = MUTANTS[number];
  if (mutant === undefined) throw new RangeError(`there is no mutant ${number}`);
  return mutant.mutate(fakeDriver(mutant.options));
}
