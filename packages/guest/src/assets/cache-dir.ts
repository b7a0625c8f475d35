import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where downloads and built images are kept: `$VMRS_CACHE`, else the platform's cache folder + `/vmrs`
 * (`$XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows). Not created here.
 */
export function defaultCacheDir(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env['VMRS_CACHE']) return resolve(env['VMRS_CACHE']);
  switch (platform) {
    case 'darwin':
      return join(homedir(), 'Library', 'Caches', 'vmrs');
    case 'win32':
      return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'vmrs');
    default: {
      // A relative $XDG_CACHE_HOME is to be ignored, says the XDG Base Directory Specification.
      const base = env['XDG_CACHE_HOME']?.startsWith('/') ? env['XDG_CACHE_HOME'] : join(homedir(), '.cache');
      return join(base, 'vmrs');
    }
  }
}
