import type { AbortOptions, JsonObject } from '@vmrs/core/driver';
import { type Operation, operationOf } from '@vmrs/driver-kit';
import { DRIVER } from '../errors.ts';
import type { MachineParts } from '../machine-parts.ts';
import { info } from './info.ts';
import { setMemoryTarget } from './memory-target.ts';
import { listenVsock, unlistenVsock } from './vsock-listening.ts';

/** Every operation by its name. */
const OPERATIONS: Readonly<Record<string, Operation<MachineParts>>> = {
  info,
  'listen-vsock': listenVsock,
  'set-memory-target': setMemoryTarget,
  'unlisten-vsock': unlistenVsock,
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
  const whose = { driver: DRIVER, hypervisor: 'Virtualization.framework', vm: parts.spec.name };
  return operationOf(OPERATIONS, name, whose)(parts, args, options);
}
