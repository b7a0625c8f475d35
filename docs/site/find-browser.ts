import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The Chromium of this machine: the one that `VMRS_CHROMIUM` names, else the first in `PATH`; undefined where there is none. */
export function findBrowser(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env['VMRS_CHROMIUM'] ?? '', ...candidates].find((path) => path !== '' && existsSync(path));
}
