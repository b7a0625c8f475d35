import type { AbortOptions, JsonObject } from '@vmrs/core/driver';
import { type Operation, operationOf } from '@vmrs/driver-kit';
import { DRIVER } from '../errors.ts';
import type { MachineParts } from '../machine-parts.ts';
import { addShare } from './add-share.ts';
import { addDisk, addNetwork, removeDevice } from './hotplug.ts';
import { coreDump, counters, info } from './inspect.ts';
import { resize, resizeDisk } from './resize.ts';
import { nmi, reboot } from './signal-guest.ts';

/** Every operation by its name. */
const OPERATIONS: Readonly<Record<string, Operation<MachineParts>>> = {
  'add-disk': addDisk,
  'add-network': addNetwork,
  'add-share': addShare,
  'core-dump': coreDump,
  counters,
  info,
  nmi,
  reboot,
  'remove-device': removeDevice,
  resize,
  'resize-disk': resizeDisk,
};

/** The names of the operations. */
export const OPERATION_NAMES: readonly string[] = Object.freeze(Object.keys(OPERATIONS));

/** Runs an operation. Throws `UNSUPPORTED` for one that there is not, `INVALID_CONFIG` for arguments that do not fit, `HYPERVISOR`. */
export async function operate(
  parts: MachineParts,
  name: string,
  args: JsonObject,
  options: AbortOptions,
): Promise<JsonObject> {
  const whose = { driver: DRIVER, hypervisor: 'Cloud Hypervisor', vm: parts.spec.name };
  return operationOf(OPERATIONS, name, whose)(parts, args, options);
}
