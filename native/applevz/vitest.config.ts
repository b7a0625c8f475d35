import { defineTests } from '../../vitest.base.ts';

export default defineTests('applevz-addon', {
  // Tests of what the garbage collector does have to be able to call it.
  execArgv: ['--conditions=@vmrs/source', '--expose-gc'],
});
