export type { DiscoverOptions, Discovery, DriverDescriptor } from './discover.ts';
export { discoverDrivers } from './discover.ts';
export { loadDriver } from './load.ts';
export type { DriverManifest } from './manifest.ts';
export { parseManifest } from './manifest.ts';
export type { DriverSource, Selection, SelectOptions } from './select.ts';
export { resolveDriver, selectDriver } from './select.ts';
