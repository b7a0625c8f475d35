import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE: string = dirname(fileURLToPath(import.meta.url));

/** This package. */
export const PACKAGE: string = join(HERE, '..', '..');

/** The double's own sources. */
export const DOUBLE_SOURCES: string = join(PACKAGE, 'double');

/** The addon's sources, as a Mac builds them. */
export const ADDON_SOURCES: string = join(PACKAGE, '..', 'applevz', 'addon', 'src');

/** What is built. Kept between runs, ignored by git, and safe to remove. */
export const BUILD: string = join(PACKAGE, 'build');
