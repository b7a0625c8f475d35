export { type BuildOptions, buildFakeAddon } from './build/build-fake-addon.ts';
export { FakeAddonUnavailableError, type UnavailableReason } from './build/unavailable-error.ts';
export { type FakeCounters, type FakeExports, fakeCounters, readCounterLog } from './counters.ts';
export { disguisedKernel, scriptedKernel } from './kernels.ts';
export { loadFakeAddon } from './load-fake-addon.ts';
export { sanitizerEnvironment } from './sanitizer-environment.ts';
export {
  type FakeCall,
  type FakeFaults,
  type FakeOperation,
  type FakeSettings,
  fakeAddonEnvironment,
} from './settings.ts';
