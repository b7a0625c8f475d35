import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GuestError } from '../errors/guest-error.ts';

/** The folder of this package, both from its sources and from its build, which is at another depth. */
export async function packageRoot(): Promise<string> {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    try {
      await access(join(folder, 'package.json'));
      return folder;
    } catch (cause) {
      const parent = dirname(folder);
      if (parent === folder) throw new GuestError('IO', 'the files of @vmrs/guest are incomplete', { cause });
      folder = parent;
    }
  }
}
