import { AddonError, type AppleVzAddon, loadAddon } from '@vmrs/applevz-addon';

/** The addon, or why there is none. */
export type OpenedAddon = { readonly addon: AppleVzAddon } | { readonly error: AddonError };

/** Loads the addon from `path`; null: from where it is found by itself. */
export function openAddon(path: string | null): OpenedAddon {
  try {
    return { addon: loadAddon(path === null ? {} : { path }) };
  } catch (error) {
    if (error instanceof AddonError) return { error };
    throw error;
  }
}
