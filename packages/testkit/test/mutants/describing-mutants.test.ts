import { DESCRIBING_MUTANTS } from '../../src/mutants/describing-mutants.ts';
import { testMutants } from './test-mutants.ts';

await testMutants('describing mutants', DESCRIBING_MUTANTS);
