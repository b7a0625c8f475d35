export { type AppleVz, type AppleVzInfo, appleVz } from './apple-vz.ts';
export { createDriver, createDriver as applevz } from './driver.ts';
export type { AppleVzOptions, Mode } from './options.ts';
export {
  type NodeFacts,
  type PreparedHost,
  type PrepareHostOptions,
  type PrepareStep,
  type PrepareTools,
  prepareHost,
} from './prepare-host/index.ts';
export type { AppleVzVmOptions, Uplink } from './vm-options.ts';
