import { defineTests } from '../vitest.base.ts';

// The site is built, which takes a busy machine a while.
export default defineTests('docs', {
  include: ['{generate,samples,api,site,programs}/**/*.test.ts'],
  testTimeout: 120_000,
  hookTimeout: 300_000,
});
