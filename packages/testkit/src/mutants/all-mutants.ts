import { DESCRIBING_MUTANTS } from './describing-mutants.ts';
import { ENDING_MUTANTS } from './ending-mutants.ts';
import type { Mutant } from './mutant.ts';
import { RUNNING_MUTANTS } from './running-mutants.ts';

/** Every mutant. Each fails the check that names its fault, and no other but those that it lists. */
export const MUTANTS: readonly Mutant[] = [...DESCRIBING_MUTANTS, ...RUNNING_MUTANTS, ...ENDING_MUTANTS];
