import type { AppleVzAddon } from './addon.ts';

/** One place at which the addon was looked for, and why it could not be used. */
export interface AddonFinding {
  readonly path: string;
  readonly problem: string;
}

/** To be written. */
export function loadAddon(): AppleVzAddon {
  throw new Error('not written yet');
}
