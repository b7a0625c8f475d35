import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests mostly wait for processes and emulated guests, so a machine with two cores takes two at a time, and vitest's one core less is too few. */
const WORKERS = Math.max(2, availableParallelism() - 1);

export default defineConfig({
  test: {
    projects: ['packages/*', 'native/*', 'examples/driver-*', 'docs', 'release'],
    maxWorkers: WORKERS,
  },
});
