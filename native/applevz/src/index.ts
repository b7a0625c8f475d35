export type * from './addon.ts';
export { ADDON_FAILURES, ADDON_INTERFACE } from './addon.ts';
export { AddonError } from './addon-error.ts';
export type { AddonFinding } from './addon-finding.ts';
export { type LoadAddonOptions, loadAddon } from './load.ts';
