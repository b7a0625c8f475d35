import { defineTests } from '../vitest.base.ts';

export default defineTests('e2e', { include: ['**/*.e2e.ts'], testTimeout: 180_000 });
