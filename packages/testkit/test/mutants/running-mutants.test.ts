import { RUNNING_MUTANTS } from '../../src/mutants/running-mutants.ts';
import { testMutants } from './test-mutants.ts';

await testMutants('running mutants', RUNNING_MUTANTS);
