import { findCompiler } from './build/compiler.ts';
import { FakeAddonUnavailableError } from './build/unavailable-error.ts';

/**
 * What the environment of a process must hold so that it can load an addon that was built with `sanitize`: Node.js itself knows nothing of sanitizers, so their runtime comes first,
 * and what Node.js never frees is no finding. Rejects with {@link FakeAddonUnavailableError}.
 */
export async function sanitizerEnvironment(): Promise<Readonly<Record<string, string>>> {
  const { asanRuntime } = await findCompiler();
  if (asanRuntime === null) {
    throw new FakeAddonUnavailableError('no-sanitizers', 'sanitizers: run "apt-get install libclang-rt-19-dev"');
  }
  return {
    LD_PRELOAD: asanRuntime,
    ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1:handle_segv=1',
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  };
}
