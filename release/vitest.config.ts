import { defineTests } from '../vitest.base.ts';

export default defineTests('release', { testTimeout: 60_000 });
