import { basename } from 'node:path';
import type { Problem } from '@vmrs/core/driver';
import type { ExecutableLayout } from './executable-layout.ts';

/** What people run JavaScript with that is no Node.js of which a copy would do. */
type Foreign = 'Electron' | 'Bun' | 'Deno' | 'an app';

/** What to do about a node that cannot be used. */
export const NAME_A_NODE =
  'name a Node.js with the option hostNode or `prepare --node`; `node -p process.execPath` says its path';

/** Programs by the names that they go by. */
const NAMES: Readonly<Record<string, Foreign>> = { electron: 'Electron', bun: 'Bun', bunx: 'Bun', deno: 'Deno' };

/** What is wrong with a program of this name; null when nothing can be told. */
export function foreignByName(path: string): Problem | null {
  const foreign = NAMES[basename(path).toLowerCase()];
  return foreign === undefined ? null : problem(path, foreign);
}

/**
 * What is wrong with a program of these contents; null when nothing can be told. Apps made with Electron link its framework, whatever they are called; Bun keeps room for a
 * compiled program in a segment of its own, and so do single executable applications of Node.js: those would start themselves instead of the host program.
 */
export function foreignByContents(path: string, { segments, libraries }: ExecutableLayout): Problem | null {
  if (segments.includes('__BUN')) return problem(path, 'Bun');
  if (segments.includes('NODE_SEA')) return problem(path, 'an app');
  return libraries.some(({ name }) => name.endsWith('/Electron Framework')) ? problem(path, 'Electron') : null;
}

/** What is wrong with a program that says these versions of itself (`process.versions`); null when nothing is. */
export function foreignByVersions(
  path: string,
  { electron, bun, deno, pkg }: Readonly<Record<string, string | undefined>>,
): Problem | null {
  if (electron !== undefined) return problem(path, 'Electron', electron);
  if (bun !== undefined) return problem(path, 'Bun', bun);
  if (deno !== undefined) return problem(path, 'Deno', deno);
  return pkg === undefined ? null : problem(path, 'an app');
}

function problem(path: string, what: Foreign, version = ''): Problem {
  const subject = `'${path}' is ${what}${version === '' ? '' : ` ${version}`}`;
  const sign = `sign the app with the entitlement com.apple.security.virtualization, or ${NAME_A_NODE}`;
  switch (what) {
    case 'Electron':
      return {
        path: 'hostNode',
        message: `${subject}, of which a copy does not run without its frameworks`,
        fix: sign,
      };
    case 'an app':
      return {
        path: 'hostNode',
        message: `${subject} with Node.js in it, which runs nothing but itself`,
        fix: NAME_A_NODE,
      };
    case 'Bun':
    case 'Deno':
      return { path: 'hostNode', message: `${subject}; VMs run in a process of Node.js`, fix: NAME_A_NODE };
  }
}
