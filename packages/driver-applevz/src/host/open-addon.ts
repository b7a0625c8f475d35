import { createRequire } from 'node:module';
import { ADDON_INTERFACE, type AddonFinding, type AppleVzAddon, loadAddon } from '@vmrs/applevz-addon';

/** The addon, or where it was looked for in vain. */
export type OpenedAddon = { readonly addon: AppleVzAddon } | { readonly findings: readonly AddonFinding[] };

/** Loads the addon from `path`; null: from where it is found by itself. */
export function openAddon(path: string | null): OpenedAddon {
  try {
    return { addon: path === null ? loadAddon() : loadFrom(path) };
  } catch (error) {
    return { findings: [{ path: path ?? '', problem: error instanceof Error ? error.message : String(error) }] };
  }
}

function loadFrom(path: string): AppleVzAddon {
  const addon = createRequire(import.meta.url)(path) as AppleVzAddon;
  if (addon.interfaceVersion !== ADDON_INTERFACE) throw new Error(`interface ${addon.interfaceVersion}`);
  return addon;
}
