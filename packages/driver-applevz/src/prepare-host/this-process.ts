import { loadAddon } from '@vmrs/applevz-addon';
import type { ProcessFacts } from './plan-host.ts';

/** What this process is. Its entitlement is asked of the addon; where that cannot be loaded it counts as not entitled, and the trial of a host tells why. */
export function thisProcess(addon: string | null, env: Readonly<Record<string, string | undefined>>): ProcessFacts {
  return {
    execPath: process.execPath,
    electron: process.versions['electron'] !== undefined,
    entitled: () => {
      try {
        return loadAddon({ ...(addon === null ? {} : { path: addon }), env }).hostFacts().entitled;
      } catch {
        return false;
      }
    },
  };
}
