import { readFile } from 'node:fs/promises';
import type { ConformanceResult } from '../conformance/conformance-result.ts';

const FILE = new URL('../reference/conformance.json', import.meta.url);

/** What the conformance suite found when it was last run for the docs, by driver. */
export async function conformanceResults(): Promise<readonly ConformanceResult[]> {
  return JSON.parse(await readFile(FILE, 'utf8'));
}

/** The results as a table. */
export async function conformanceTable(): Promise<string> {
  const rows = (await conformanceResults()).map(({ subject, passed, failed, skipped }) => {
    const why = [...new Set(skipped.map(({ reason }) => reason))].sort().join('; ');
    return `| ${subject} | ${passed.length} | ${failed.length} | ${skipped.length} | ${why} |`;
  });
  return [
    '| driver, and what it ran on | passed | failed | skipped | for want of |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
