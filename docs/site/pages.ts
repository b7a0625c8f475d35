import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The files of the repository that are pages of the site. READMEs of packages are among them, so that nothing is said twice. */
const SOURCES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', '{packages,native}/*/README.md', 'docs/**/*.md'];

/** Where each page's file is on the site; both as paths, of the file from the repository's root. */
export type Pages = ReadonlyMap<string, string>;

/** Finds the pages of the repository at `root`. */
export function findPages(root: string): Pages {
  const files = globSync(SOURCES, { cwd: root, exclude: (path) => /(^|\/)(node_modules|\.vitepress)$/.test(path) });
  return new Map(files.toSorted().map((file) => [file, pageOf(file)]));
}

/** The address of a page: `/packages/core`, `/drivers/`. */
export function addressOf(page: string): string {
  return `/${page.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}`;
}

function pageOf(file: string): string {
  if (file === 'README.md') return 'overview.md';
  if (/^[A-Z]+\.md$/.test(file)) return file.toLowerCase();
  const folder = dirname(file);
  if (file.startsWith('docs/')) return file.replace(/^docs\//, '').replace(/README\.md$/, 'index.md');
  return join('packages', `${folder.startsWith('native/') ? 'native-' : ''}${folder.split('/')[1]}.md`);
}
