import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TRANSITIONS } from '@vmrs/core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from './find-browser.ts';
import { type ServedSite, serveSite } from './serve-site.ts';

const DOCS = join(import.meta.dirname, '..');
const SITE = join(DOCS, '.vitepress/dist');
const REPOSITORY = 'https://github.com/vmrs-js/vmrs/blob/main/';
const executablePath = findBrowser();

let site: ServedSite;
let files: readonly string[];

beforeAll(async () => {
  // Fails on dead links, and on doc comments that link to nothing.
  await promisify(execFile)('pnpm', ['run', 'site'], {
    cwd: DOCS,
    env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: '' },
  });
  site = await serveSite(SITE);
  files = globSync('**/*.html', { cwd: SITE }).toSorted();
  return () => site[Symbol.asyncDispose]();
});

function addressOf(file: string): string {
  return `/${file.replace(/(^|\/)index\.html$/, '$1').replace(/\.html$/, '')}`;
}

describe('the built site', () => {
  it('links only to headings that exist, and to files that the repository has', async () => {
    const pages = await Promise.all(
      files.map(async (file) => [file, await readFile(join(SITE, file), 'utf8')] as const),
    );
    const ids = new Map(
      pages.map(([file, html]) => [
        addressOf(file),
        new Set(Array.from(html.matchAll(/ id="([^"]+)"/g), ([, id]) => id)),
      ]),
    );
    const bad = pages.flatMap(([file, html]) =>
      Array.from(html.matchAll(/<a [^>]*href="([^"]+)"/g), ([, href = '']) => href)
        .filter((href) => {
          if (href.startsWith(REPOSITORY))
            return !existsSync(join(DOCS, '..', href.slice(REPOSITORY.length).split('#')[0] ?? ''));
          const { pathname, hash, origin } = new URL(href, `http://site${addressOf(file)}`);
          if (origin !== 'http://site') return false;
          const there = ids.get(decodeURI(pathname));
          return there === undefined || (hash !== '' && !there.has(decodeURIComponent(hash.slice(1))));
        })
        .map((href) => `${file}: ${href}`),
    );
    expect(bad).toEqual([]);
  });

  it('has the pages that one looks for', () => {
    const wanted = [
      'guide/install',
      'guide/troubleshooting',
      'packages/core',
      'packages/driver-qemu',
      'reference/errors',
    ];
    expect(files).toEqual(
      expect.arrayContaining([...wanted, 'reference/api/index', 'security'].map((name) => `${name}.html`)),
    );
  });
});

describe.skipIf(executablePath === undefined)('the site in a browser (needs Chromium)', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    // Chromium refuses to sandbox itself as root.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath: executablePath ?? '', args });
    page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${site.url}/`)) {
        complaints.push(`${page.url()}: asks ${request.url()}`);
      }
    });
    return () => browser.close();
  });

  it('opens every page without an error, a warning, or a request to elsewhere', async () => {
    for (const file of files.filter((name) => name !== '404.html')) {
      const response = await page.goto(site.url + addressOf(file), { waitUntil: 'load' });
      expect(response?.status(), file).toBe(200);
      // The page is alive: Vue has taken it over.
      await page.waitForFunction("'__vue_app__' in document.querySelector('#app')");
    }
    expect(complaints).toEqual([]);
  });

  it('finds what one searches for', async () => {
    await page.goto(`${site.url}/`);
    await page.getByRole('button', { name: 'Search' }).first().click();
    await page.getByRole('searchbox').fill('power button');
    // The guide comes before everything else that names it.
    await page.locator('.result').first().filter({ hasText: 'Stopping' }).click();
    await page.waitForURL('**/guide/stopping*');
    await page.getByRole('heading', { level: 1, name: 'Stopping' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('leads from the first page to a first VM, and on by the table of contents', async () => {
    await page.goto(`${site.url}/`);
    await page.getByRole('link', { name: 'A first VM' }).click();
    await page.waitForURL('**/guide/first-vm');
    expect(await page.locator('.vp-doc pre').first().textContent()).toContain('npm install @vmrs/core');
    await page.locator('.VPSidebar').getByRole('link', { name: 'Snapshots', exact: true }).click();
    await page.waitForURL('**/guide/snapshots');
    await page.getByRole('link', { name: /Next page/ }).click();
    await page.waitForURL('**/guide/networking');
    expect(complaints).toEqual([]);
  });

  it('draws the states, with every transition', async () => {
    await page.goto(`${site.url}/reference/states`);
    const diagram = page.locator('.diagram svg');
    const box = await diagram.boundingBox();
    expect(box?.width).toBeGreaterThan(600);
    expect(await diagram.locator('polyline.edge').count()).toBe(TRANSITIONS.length + 3);
    for (const status of new Set(TRANSITIONS.map(({ to }) => to))) {
      expect(await diagram.getByText(status, { exact: true }).count()).toBe(1);
    }
  });
});
