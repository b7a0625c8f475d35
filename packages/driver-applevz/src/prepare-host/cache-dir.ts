import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where host programs are kept when nothing is said: `$VMRS_CACHE`, else `~/Library/Caches/vmrs` on macOS, else `$XDG_CACHE_HOME/vmrs` or `~/.cache/vmrs`. The same folder
 * in which `@vmrs/guest` keeps its images. Not created here.
 */
export function defaultCacheDir(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env['VMRS_CACHE']) return resolve(env['VMRS_CACHE']);
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'vmrs');
  // A relative $XDG_CACHE_HOME is to be ignored, says the XDG Base Directory Specification.
  const base = env['XDG_CACHE_HOME']?.startsWith('/') ? env['XDG_CACHE_HOME'] : join(homedir(), '.cache');
  return join(base, 'vmrs');
}
