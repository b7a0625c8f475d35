import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { drawDiagrams } from '../site/draw-diagrams.ts';
import { findPages } from '../site/pages.ts';
import { resolveLinks } from '../site/resolve-links.ts';
import { sidebar } from '../site/sidebar.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const pages = findPages(ROOT);
const REPOSITORY = 'https://github.com/vmrs-js/vmrs';

export default defineConfig({
  title: '@vmrs',
  description: 'Start virtual machines from Node.js, know their true state, and have nothing left behind.',
  // READMEs of packages are pages too, so the whole repository is the source.
  srcDir: '..',
  srcExclude: globSync('**/*.md', { cwd: ROOT, exclude: (path) => /(^|\/)(node_modules|\.\w+)$/.test(path) }).filter(
    (file) => !pages.has(file),
  ),
  rewrites: Object.fromEntries(pages),
  // No icon, rather than a request for one that is not there.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  cleanUrls: true,
  lastUpdated: false,
  markdown: {
    config(md) {
      drawDiagrams(md);
      resolveLinks(md, { root: ROOT, url: `${REPOSITORY}/blob/main/`, pages });
    },
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            // What to do comes before what there is. Sent to the browser as text, so it knows nothing of this file.
            boostDocument: (id: string) => (id.startsWith('/guide/') ? 5 : id.startsWith('/reference/api/') ? 0.2 : 1),
          },
        },
      },
    },
    nav: [
      { text: 'Guide', link: '/guide/install' },
      { text: 'Drivers', link: '/drivers/' },
      { text: 'Reference', link: '/reference/' },
      { text: 'Decisions', link: '/decisions/' },
    ],
    sidebar: await sidebar(ROOT),
    outline: [2, 3],
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
  },
});
