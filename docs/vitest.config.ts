import { defineTests } from '../vitest.base.ts';

export default defineTests('docs', { include: ['generate/**/*.test.ts'] });
