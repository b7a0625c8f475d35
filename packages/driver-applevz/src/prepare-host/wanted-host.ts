import { join } from 'node:path';
import { hostKey } from './host-key.ts';
import { type LibraryLink, type MissingLibrary, planLibraryLinks } from './library-links.ts';
import { MachOError } from './mach-o/mach-o-error.ts';
import { inspectNode, type NodeFacts } from './node-facts.ts';
import { preparationError } from './preparation-error.ts';
import type { ResolvedPrepareOptions } from './prepare-options.ts';

/** What is to be there, found out without any side effect. */
export interface WantedHost {
  readonly node: NodeFacts;
  readonly links: readonly LibraryLink[];
  readonly key: string;
  /** Where it is, or is to be. */
  readonly folder: string;
}

const ANOTHER_NODE =
  'name another node with the option hostNode; the one of nodejs.org is a single file that can be copied';

/** Looks at the Node.js and its libraries. Throws `PREFLIGHT_FAILED` when it cannot be copied, or the system's error. */
export async function findWantedHost(options: ResolvedPrepareOptions): Promise<WantedHost> {
  const { parent, vm, readLayout } = options;
  if (options.platform !== 'darwin') {
    const message = 'host programs are prepared on macOS only';
    throw preparationError({ path: 'platform', message, fix: 'elsewhere name one with hostPath' }, { vm });
  }
  const node = await inspectNode(options.node, options);
  const layout = await readable(() => readLayout(node.executable, node.arch), vm);
  if (layout === null) {
    const message = `'${node.executable}' says that it runs on ${node.arch}, and has no code for that`;
    throw preparationError({ path: 'hostNode', message, fix: ANOTHER_NODE }, { vm });
  }
  const { links, missing } = await readable(() => planLibraryLinks(node.executable, node.arch, readLayout), vm);
  if (missing.length > 0) {
    const message = `a copy of '${node.executable}' would not start: ${missing.map(inWords).join('; ')}`;
    throw preparationError({ path: 'hostNode', message, fix: `reinstall that node, or ${ANOTHER_NODE}` }, { vm });
  }
  const key = await hostKey(node, links);
  return { node, links, key, folder: join(parent, key) };
}

async function readable<T>(read: () => Promise<T>, vm: string | undefined): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof MachOError)) throw cause;
    throw preparationError({ path: 'hostNode', message: cause.message, fix: ANOTHER_NODE }, { vm, cause });
  }
}

function inWords({ name, why, searched }: MissingLibrary): string {
  if (why === 'out-of-reach') return `its library '${name}' lies at '${searched.join("', '")}', out of reach of a copy`;
  return `its library '${name}' is missing${searched.length === 0 ? '' : ` (looked for at ${searched.join(', ')})`}`;
}
