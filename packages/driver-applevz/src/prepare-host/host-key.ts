import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { ENTITLEMENTS_PLIST } from './entitlement.ts';
import type { LibraryLink } from './library-links.ts';
import type { NodeFacts } from './node-facts.ts';

/** Changes when a copy is made in another way than before, so that older ones are not taken for it. */
const SCHEME = 1;

/** What tells prepared hosts apart: another Node.js, or the same path with other content or other libraries, gets another one. 64 hexadecimal digits. */
export async function hostKey(node: NodeFacts, links: readonly LibraryLink[]): Promise<string> {
  const libraries = await Promise.all(
    links.map(async ({ place, target }) => {
      const { size, mtimeMs } = await stat(target);
      return [place, target, size, mtimeMs];
    }),
  );
  const { executable, size, mtimeMs, version, arch } = node;
  const parts = [SCHEME, executable, size, mtimeMs, version, arch, ENTITLEMENTS_PLIST, libraries];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
