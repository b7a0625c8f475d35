import { join } from 'node:path';
import { type AbortOptions, isVmError, type JsonObject, openFile } from '@vmrs/core/driver';
import { hypervisorError, unsupported } from '../errors.ts';
import type { MachineParts } from '../machine-parts.ts';
import { machineShape } from './machine-shape.ts';
import { STATE_FILE, toManifest } from './snapshot-data.ts';

/** Writes the state of the paused VM into the empty `directory`, to the disk. Throws `UNSUPPORTED`, `HYPERVISOR`, or the signal's reason. */
export async function saveSnapshot(parts: MachineParts, directory: string, options: AbortOptions): Promise<JsonObject> {
  const { spec, link, control, vmOptions } = parts;
  try {
    await link.call('check-save', {}, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isVmError(error, 'HYPERVISOR')) throw error;
    throw unsupported(spec.name, 'snapshot', '', error.details.native ?? error.message);
  }
  if (control.machineId === null) {
    throw unsupported(
      spec.name,
      'snapshot',
      'machineId',
      'this macOS gives machines no identifier, without which no state can be restored',
    );
  }
  const path = join(directory, STATE_FILE);
  await link.call('save', { path }, options);
  await sync(path);
  const { machineId, macs } = control;
  return toManifest({ machineId, macs, shape: machineShape(spec, vmOptions) });
}

/** The framework may have forced nothing to the disk. */
async function sync(path: string): Promise<void> {
  try {
    await using file = await openFile(path, 'r');
    await file.sync();
  } catch (error) {
    throw hypervisorError('save', `the saved state in '${path}' cannot be forced to the disk`, { cause: error });
  }
}
