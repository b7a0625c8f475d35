import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isEnded, type VmSummary } from '@vmrs/core';
import type { CheckView } from '../json/shapes.ts';

/** What every VM needs of this host, whatever its driver. Changes nothing. */
export async function checkHost(
  stateDir: string,
  runtimeDir: string,
  vms: readonly VmSummary[],
): Promise<readonly CheckView[]> {
  const living = vms.filter(({ state }) => !isEnded(state)).length;
  const damaged = vms.filter(({ problem }) => problem !== undefined);
  return [
    await writable('records and logs', stateDir, 'give another folder: --state-dir, or VMRS_HOME'),
    await writable('sockets', runtimeDir, 'give another folder: --runtime-dir'),
    {
      what: 'VMs',
      ok: damaged.length === 0,
      message:
        damaged.length === 0
          ? `${living} running, ${vms.length - living} ended`
          : damaged.map(({ name, problem }) => `${name}: ${problem}`).join('; '),
      fix: damaged.length === 0 ? null : 'vmrs ls; vmrs rm --force <vm> removes one that cannot be told',
    },
  ];
}

async function writable(what: string, folder: string, fix: string): Promise<CheckView> {
  let at = folder;
  for (;;) {
    try {
      const found = await stat(at);
      if (!found.isDirectory()) return { what, ok: false, message: `'${at}' is no folder`, fix };
      await access(at, constants.W_OK | constants.X_OK);
      return { what, ok: true, message: at === folder ? folder : `${folder} (made at the first boot)`, fix: null };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code === 'ENOENT' && dirname(at) !== at) at = dirname(at);
      else return { what, ok: false, message: `'${at}' cannot be written to (${String(code ?? error)})`, fix };
    }
  }
}
