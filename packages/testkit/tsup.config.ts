import { defineLibrary } from '../../tsup.base.ts';

export default defineLibrary([
  'src/index.ts',
  'src/conformance/index.ts',
  'src/fake-driver/index.ts',
  'src/mutants/index.ts',
]);
