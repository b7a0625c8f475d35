import { defineConfig } from 'vitest/config';
import { WORKERS } from './vitest.base.ts';

export default defineConfig({
  test: {
    projects: ['packages/*', 'native/*', 'examples/driver-*', 'docs', 'release'],
    maxWorkers: WORKERS,
  },
});
