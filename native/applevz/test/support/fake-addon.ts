import { createRequire } from 'node:module';
// By its path: as a dependency it would make a circle with this package, whose sources it compiles.
import { buildFakeAddon, type FakeCounters, type FakeExports } from '../../../applevz-fake/src/index.ts';
import type { AppleVzAddon } from '../../src/index.ts';

/** Tells the tests to use the addon with sanitizers in it; the runner preloads their runtime. */
const SANITIZE = process.env['VMRS_SANITIZE'] !== undefined;

/** The addon, compiled with the double. */
export interface FakeAddon {
  readonly path: string;
  readonly addon: AppleVzAddon;
  counters(): FakeCounters;
}

/** Builds it if need be, which takes a minute at the first time. */
export async function fakeAddonPath(): Promise<string> {
  return await buildFakeAddon({ sanitize: SANITIZE });
}

/** Loads it into this process, whose environment says how the double behaves. */
export async function loadFakeAddon(): Promise<FakeAddon> {
  const path = await fakeAddonPath();
  const addon = createRequire(import.meta.url)(path) as AppleVzAddon & FakeExports;
  return { path, addon, counters: () => addon.double.counters() };
}
