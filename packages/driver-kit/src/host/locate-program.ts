import { findProgram, isExecutable } from './find-program.ts';

/** Folders that are searched after `PATH`: services often run with a short one. */
const FURTHER_FOLDERS: readonly string[] = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/libexec', '/bin', '/sbin'];

/** The path of a Linux helper program, `given` if there is one; a string says why there is none. */
export async function locateProgram(
  name: string,
  given: string | null,
  searchPath: string | undefined,
): Promise<{ readonly path: string } | string> {
  if (process.platform !== 'linux') return `${name} runs on Linux only`;
  if (given !== null) return (await isExecutable(given)) ? { path: given } : `'${given}' is not an executable file`;
  const path = await findProgram([name], searchPath, FURTHER_FOLDERS);
  return path === null ? `${name} is not installed` : { path };
}
