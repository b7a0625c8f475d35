import { access, realpath, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { FakeAddonUnavailableError } from './unavailable-error.ts';

/** Debian 12 and 13 both have it; see scripts/system-packages.mjs. */
const PROGRAM = 'clang++-19';

/** The compiler of the double. */
export interface Compiler {
  readonly path: string;
  /** Changes with the compiler. */
  readonly identity: string;
  /** Its runtime of AddressSanitizer as a shared library, or null when it is not installed. */
  readonly asanRuntime: string | null;
}

/** Finds the compiler, without starting it. Throws {@link FakeAddonUnavailableError}. */
export async function findCompiler(): Promise<Compiler> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, PROGRAM);
    if (!(await exists(path))) continue;
    const real = await realpath(path);
    const { size, mtimeMs } = await stat(real);
    const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
    const runtime = join(real, '..', '..', 'lib', 'clang', '19', 'lib', 'linux', `libclang_rt.asan-${arch}.so`);
    return {
      path,
      identity: `${real} ${size} ${mtimeMs}`,
      asanRuntime: (await exists(runtime)) ? runtime : null,
    };
  }
  throw new FakeAddonUnavailableError('no-compiler', `there is no ${PROGRAM}: run "apt-get install clang-19"`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
