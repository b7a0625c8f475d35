import { availableParallelism } from 'node:os';
import { defineConfig, type TestUserConfig, type ViteUserConfig } from 'vitest/config';

/** Makes imports of sibling packages resolve to their sources, so that no test needs a build. */
const SOURCE_CONDITION = '@vmrs/source';
const NODE_CONDITIONS = ['module', 'node', 'development|production'];

/** Tests mostly wait for processes and emulated guests: one at a time leaves two cores three quarters idle, so a machine takes one more than it has cores. */
export const WORKERS: number = availableParallelism() + 1;

/**
 * The test configuration of every package.
 *
 * @param name shown in the report
 * @param test what differs from the default: tests beside the sources and in `test/`
 */
export function defineTests(name: string, test: TestUserConfig = {}): ViteUserConfig {
  const conditions = [SOURCE_CONDITION, ...NODE_CONDITIONS];
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      include: ['{src,test}/**/*.test.ts'],
      // Programs that tests load past vitest, by file URL, find the sources too.
      execArgv: [`--conditions=${SOURCE_CONDITION}`],
      passWithNoTests: true,
      // Of each project; the root's says how many there are altogether.
      maxWorkers: WORKERS,
      // Tests start real processes; a machine with two cores and emulated guests on it takes its time.
      testTimeout: 30_000,
      hookTimeout: 30_000,
      ...test,
    },
  });
}
