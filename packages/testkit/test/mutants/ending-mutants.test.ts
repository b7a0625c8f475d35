import { ENDING_MUTANTS } from '../../src/mutants/ending-mutants.ts';
import { testMutants } from './test-mutants.ts';

await testMutants('ending mutants', ENDING_MUTANTS);
