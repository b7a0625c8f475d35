import type { Options } from 'tsup';

/**
 * The build of every published package: ESM only, one file per entry, dynamic imports kept as lazily loaded chunks.
 *
 * @param entry the package's public source files; each becomes `dist/<path under src>.js` with its `.d.ts`
 * @param overrides what differs in this package
 */
export function defineLibrary(entry: readonly string[], overrides: Options = {}): Options {
  return {
    entry: [...entry],
    outDir: 'dist',
    format: 'esm',
    target: 'node22.18',
    platform: 'node',
    removeNodeProtocol: false,
    splitting: true,
    sourcemap: true,
    clean: true,
    // Types of sibling packages come from their builds, as they will for users.
    dts: { compilerOptions: { customConditions: [] } },
    ...overrides,
  };
}
