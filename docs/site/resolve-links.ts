import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';
import { addressOf, type Pages } from './pages.ts';

/** Where the repository lies, here and on the web, and what of it is on the site. */
export interface Repository {
  readonly root: string;
  /** Of its files on the web, with a slash at the end. */
  readonly url: string;
  readonly pages: Pages;
}

/**
 * Makes of links between files, as they work in the repository, what works on the site: to pages their address, to other files (sources,
 * tests, workflows) the repository on the web. A link to a file that does not exist is left alone, for VitePress to refuse.
 */
export function resolveLinks(md: MarkdownRenderer, repository: Repository): void {
  md.core.ruler.push('resolve-links', ({ tokens, env }) => {
    const from: string = env.realPath ?? env.path;
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href !== null) token.attrSet('href', resolveLink(href, from, repository));
    }
  });
}

/** What a link of the file `from`, an absolute path, is on the site. */
export function resolveLink(href: string, from: string, { root, url, pages }: Repository): string {
  if (/^([a-z]+:|#|\/)/.test(href)) return href;
  const [, path = '', anchor = ''] = /^([^#]*)(#.*)?$/.exec(decodeURI(href)) ?? [];
  const file = relative(root, join(dirname(from), path));
  const page = pages.get(file) ?? pages.get(join(file, 'README.md'));
  if (page !== undefined) return addressOf(page) + anchor;
  return existsSync(join(root, file)) ? url + file + anchor : href;
}
