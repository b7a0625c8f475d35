import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether a program can be run by its name. */
export function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** For the title of a test that is skipped without `programs`: which of them this host lacks; empty when it has all. */
export function lacking(...programs: readonly string[]): string {
  const missing = programs.filter((program) => !isOnPath(program));
  return missing.length === 0 ? '' : ` (skipped: this host lacks ${missing.join(' and ')})`;
}
