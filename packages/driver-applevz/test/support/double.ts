import { buildFakeAddon, FakeAddonUnavailableError } from '@vmrs/applevz-fake';

/** The addon that is built with the double of its frameworks; or what is missing for it, for the names of tests that are skipped. */
export type Double =
  | { readonly path: string; readonly missing: null }
  | { readonly path: ''; readonly missing: string };

/** Builds it, or finds it built. Throws when its sources are wrong. */
export async function openDouble(): Promise<Double> {
  try {
    return { path: await buildFakeAddon(), missing: null };
  } catch (error) {
    if (error instanceof FakeAddonUnavailableError) return { path: '', missing: error.message };
    throw error;
  }
}
