import { join } from 'node:path';

/** The repository's root. */
export const ROOT: string = join(import.meta.dirname, '..', '..');
