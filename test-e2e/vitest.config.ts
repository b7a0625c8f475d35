import { defineTests } from '../vitest.base.ts';

export default defineTests('e2e', {
  include: ['src/**/*.e2e.ts'],
  // Emulated guests share few cores; side by side they would only slow each other down.
  fileParallelism: false,
  testTimeout: 180_000,
  hookTimeout: 300_000,
});
