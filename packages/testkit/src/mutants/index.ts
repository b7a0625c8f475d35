export { MUTANTS } from './all-mutants.ts';
export type { Mutant } from './mutant.ts';
export { mutantSubject } from './mutant-subject.ts';
