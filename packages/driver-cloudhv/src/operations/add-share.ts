import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type AbortOptions, ignoreErrno, type JsonObject } from '@vmrs/core/driver';
import type { Virtiofsd } from '@vmrs/driver-kit';
import { absolutePath, checkedArguments, refusedArguments } from '@vmrs/driver-kit';
import * as v from 'valibot';
import { fsConfig } from '../config/device-config.ts';
import { type SharedNow, toControl } from '../control-data.ts';
import { unsupported } from '../errors.ts';
import type { MachineParts } from '../machine-parts.ts';
import { MAX_TAG_BYTES } from '../validate/share-problems.ts';
import { called } from './called.ts';
import { added } from './hotplug.ts';

/**
 * Shares one more directory with the running VM: `hostPath`, `tag`, `readOnly` (default false, enforced on the host). The guest mounts it by its tag. Returns `id` and `bdf`. The
 * memory of the VM must be shared from its boot on (`driverOptions.sharedMemory`, or a share in its configuration).
 */
export async function addShare(parts: MachineParts, args: JsonObject, options: AbortOptions): Promise<JsonObject> {
  const { api, spec, context, daemons, control } = parts;
  const shape = v.strictObject({ hostPath: absolutePath(), tag: shareTag(), readOnly: v.optional(v.boolean()) });
  const { hostPath, tag, readOnly = false } = checkedArguments(shape, args, called('add-share', spec.name));
  const folder = await ignoreErrno(stat(hostPath), 'ENOENT', 'ENOTDIR', 'EACCES');
  const problems = [
    ...(folder?.isDirectory() === true ? [] : [{ path: 'hostPath', message: `'${hostPath}' is not a directory` }]),
    ...(daemons.shares.every((share) => share.tag !== tag) ? [] : [{ path: 'tag', message: `'${tag}' is taken` }]),
  ];
  if (problems.length > 0) throw refusedArguments(called('add-share', spec.name), problems);
  const virtiofsd = await usableDaemon(parts, readOnly);
  const share = newShare(tag, context.paths.runtimeDir);
  const remember = (shares: readonly SharedNow[]): Promise<void> => context.remember(toControl({ ...control, shares }));
  await remember([...daemons.shares, share]);
  const how = { virtiofsd, sandbox: parts.options.virtiofsdSandbox };
  try {
    await daemons.add({ hostPath, tag, readOnly }, share, how, context);
    return added(await api.put('vm.add-fs', fsConfig(share.id, tag, share.socket), options));
  } catch (error) {
    await daemons.remove(share.id);
    await remember(daemons.shares);
    throw error;
  }
}

function shareTag(): v.GenericSchema<string> {
  return v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9_.-]+$/, 'must be letters, digits, `_`, `.` and `-`'),
    v.maxLength(MAX_TAG_BYTES, `must be at most ${MAX_TAG_BYTES} bytes long`),
  );
}

/** Names that no other share of this VM has had, so that its processes are told apart. */
function newShare(tag: string, runtimeDir: string): SharedNow {
  const word = randomBytes(4).toString('hex');
  return { id: `share-${word}`, tag, role: `virtiofsd-${word}`, socket: join(runtimeDir, `virtiofs-${word}.sock`) };
}

async function usableDaemon({ host, spec, control }: MachineParts, readOnly: boolean): Promise<Virtiofsd> {
  const refuse = (why: string): Error => unsupported(spec.name, 'sharedDirs', 'add-share', why);
  if (!control.sharedMemory) {
    throw refuse('its memory is private; boot it with driverOptions { sharedMemory: true }');
  }
  const daemon = await host.virtiofsd();
  if (typeof daemon === 'string') throw refuse(daemon);
  if (readOnly && daemon.readOnly === null) throw refuse(`'${daemon.path}' cannot be kept from writing`);
  return daemon;
}
