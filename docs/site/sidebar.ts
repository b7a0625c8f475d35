import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DefaultTheme } from 'vitepress';

/** The guide's pages, in the order in which one reads them; others come before the last. */
const GUIDE = [
  'install',
  'first-vm',
  'readiness',
  'stopping',
  'restarts',
  'snapshots',
  'networking',
  'shares',
  'testing',
];
const LAST = 'troubleshooting';

/** The site's table of contents. Titles are the pages' own; packages, drivers, references and decisions are found. */
export async function sidebar(root: string): Promise<DefaultTheme.SidebarItem[]> {
  const item = async (file: string, link: string): Promise<DefaultTheme.SidebarItem> => ({
    text: await title(join(root, file)),
    link,
  });
  const all = (pattern: string, link: (name: string) => string): Promise<DefaultTheme.SidebarItem[]> =>
    Promise.all(
      globSync(pattern, { cwd: root })
        .filter((file) => !file.startsWith('docs/') || basename(file) !== 'README.md')
        .toSorted()
        .map((file) => item(file, link(file))),
    );
  const docs = (file: string): string => file.replace(/^docs/, '').replace(/\.md$/, '');
  return [
    { text: 'What it is', link: '/overview' },
    {
      text: 'Guide',
      items: await Promise.all(guide(root).map((name) => item(`docs/guide/${name}.md`, `/guide/${name}`))),
    },
    {
      text: 'Packages',
      items: await all('packages/*/README.md', (file) => `/packages/${file.split('/')[1]}`),
    },
    { text: 'Drivers', items: await all('docs/drivers/*.md', docs) },
    {
      text: 'Reference',
      items: [...(await all('docs/reference/*.md', docs)), { text: 'API', link: '/reference/api/' }],
    },
    { text: 'Decisions', collapsed: true, items: await all('docs/decisions/*.md', docs) },
    {
      text: 'Project',
      items: [await item('CONTRIBUTING.md', '/contributing'), await item('SECURITY.md', '/security')],
    },
  ];
}

/** The first heading of a page. */
async function title(file: string): Promise<string> {
  const heading = /^# (.+)$/m.exec(await readFile(file, 'utf8'))?.[1];
  if (heading === undefined) throw new Error(`${file} has no heading`);
  return heading;
}

function guide(root: string): readonly string[] {
  const names = globSync('docs/guide/*.md', { cwd: root }).map((file) => basename(file, '.md'));
  const others = names.filter((name) => !GUIDE.includes(name) && name !== LAST).toSorted();
  return [...GUIDE, ...others, LAST];
}
