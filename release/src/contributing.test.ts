import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from './root.ts';

/** Pages for people who work on the repository. */
const PAGES = ['CONTRIBUTING.md', 'SECURITY.md', '.changeset/README.md', '.github/PULL_REQUEST_TEMPLATE.md'];
/** Commands that pnpm itself has. */
const BUILT_IN = new Set(['install', 'exec', '--filter']);

async function read(file: string): Promise<string> {
  return await readFile(join(ROOT, file), 'utf8');
}

function found(text: string, pattern: RegExp): string[] {
  return [...new Set(Array.from(text.matchAll(pattern), ([, first]) => first ?? ''))];
}

describe.each(PAGES)('%s', (page) => {
  it('names only commands that exist', async () => {
    const { scripts }: { scripts: object } = JSON.parse(await read('package.json'));
    const text = await read(page);
    const called = [
      ...found(text, /`(?:npm run dev -- )?pnpm ([\w:.-]+)/g),
      ...found(text, /^npm run dev -- pnpm ([\w:.-]+)/gm),
    ];
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(called.filter((name) => !BUILT_IN.has(name))));
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(found(text, /npm run (\w+)/g)));
  });

  it('links only to files that exist', async () => {
    for (const link of found(await read(page), /\]\((?!https?:|#)([^)#]+)/g)) {
      await expect(readFile(join(ROOT, page, '..', link)), link).resolves.toBeDefined();
    }
  });
});

describe('CONTRIBUTING.md', () => {
  it('says where everything lives', async () => {
    const text = await read('CONTRIBUTING.md');
    const block = /## Where things live\n\n```\n([\s\S]*?)\n```/.exec(text)?.[1] ?? '';
    const told = found(block, /^(\S+)/gm).map((folder) => folder.split('/')[0]);
    const { packages }: { packages: readonly string[] } = parse(await read('pnpm-workspace.yaml'));
    for (const pattern of packages) expect(told).toContain(pattern.split('/')[0]);
  });
});

describe('the issue forms', () => {
  it('are forms: a name, a description, and questions that have labels', async () => {
    const folder = '.github/ISSUE_TEMPLATE';
    const forms = (await readdir(join(ROOT, folder))).filter((name) => name !== 'config.yml');
    expect(forms).not.toEqual([]);
    for (const form of forms) {
      const { name, description, body } = parse(await read(join(folder, form)));
      expect(name).toEqual(expect.any(String));
      expect(description).toEqual(expect.any(String));
      const label = { attributes: expect.objectContaining({ label: expect.any(String) }) };
      expect(body).toEqual(body.map(() => expect.objectContaining(label)));
    }
  });
});
