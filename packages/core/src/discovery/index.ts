export type { DiscoverOptions, Discovery, DriverDescriptor } from './discover.ts';
export { discoverDrivers } from './discover.ts';
export type { DriverManifest } from './manifest.ts';
export type { DriverSource, VmOptionsOf } from './select.ts';
export { resolveDriver, selectDriver } from './select.ts';
