import { type FakeSettings, fakeAddonEnvironment } from '../../../applevz-fake/src/index.ts';

/** Lets the double behave so from now on, for machines that are made later. Without settings: as a Mac with Apple silicon and all that it can do. */
export function pretend(settings: FakeSettings = {}): void {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('VMRS_APPLEVZ_FAKE_')) delete process.env[name];
  }
  Object.assign(process.env, fakeAddonEnvironment({ arch: 'arm64', ...settings }));
}
