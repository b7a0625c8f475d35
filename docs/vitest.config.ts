import { defineTests } from '../vitest.base.ts';

export default defineTests('docs', { include: ['{generate,samples,api}/**/*.test.ts'] });
