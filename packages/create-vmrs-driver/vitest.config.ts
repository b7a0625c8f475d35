import { defineTests } from '../../vitest.base.ts';

export default defineTests('create-vmrs-driver', { include: ['{src,test}/**/*.test.ts'] });
