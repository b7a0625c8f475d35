// @ts-check
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where the pinned programs and the stamps live; ignored by git, safe to delete at any time. */
export const TOOLCHAIN_DIR = join(ROOT, '.toolchain');
