import { type AppleVzAddon, loadAddon } from '@vmrs/applevz-addon';
import { type BuildOptions, buildFakeAddon } from './build/build-fake-addon.ts';
import type { FakeExports } from './counters.ts';

/** Builds the addon with the double, as {@link buildFakeAddon} does, and loads it into this process. How it behaves is for this process's environment to say. */
export async function loadFakeAddon(options: BuildOptions = {}): Promise<AppleVzAddon & FakeExports> {
  return loadAddon({ path: await buildFakeAddon(options) }) as AppleVzAddon & FakeExports;
}
