import { access } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { discoverDrivers } from '@vmrs/core';
import { UsageError } from '../errors/usage-error.ts';

/**
 * The folder from which drivers are looked for: `given`; else the working folder's application where that depends on any driver; else the one that this program is
 * installed in, as `npx -p @vmrs/cli -p <driver>` does it. Throws {@link UsageError} for a folder that there is not.
 */
export async function applicationFolder(given: string | undefined, cwd: string): Promise<string> {
  if (given !== undefined) {
    const folder = resolve(cwd, given);
    await access(folder).catch(() => {
      throw new UsageError(`--from: there is no '${folder}'`);
    });
    return folder;
  }
  const around = installedIn(fileURLToPath(import.meta.url));
  if (around === null || (await hasDrivers(cwd))) return cwd;
  return (await hasDrivers(around)) ? around : cwd;
}

/** The folder that the outermost `node_modules` around `file` stands in; null outside of any. */
function installedIn(file: string): string | null {
  const at = file.indexOf(`${sep}node_modules${sep}`);
  return at === -1 ? null : file.slice(0, at);
}

async function hasDrivers(from: string): Promise<boolean> {
  const { drivers, rejected } = await discoverDrivers({ from });
  return drivers.length + rejected.length > 0;
}
