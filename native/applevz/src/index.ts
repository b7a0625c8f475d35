export type * from './addon.ts';
export { ADDON_INTERFACE } from './addon.ts';
export { type AddonFinding, loadAddon } from './load.ts';
