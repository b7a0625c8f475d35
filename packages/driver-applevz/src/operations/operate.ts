import type { AbortOptions, JsonObject } from '@vmrs/core/driver';
import { unsupported } from '../errors.ts';
import type { MachineParts } from '../machine-parts.ts';
import { info } from './info.ts';
import { setMemoryTarget } from './memory-target.ts';
import { listenVsock, unlistenVsock } from './vsock-listening.ts';

/** One thing that Virtualization.framework can do beyond the contract. */
type Operation = (parts: MachineParts, args: JsonObject, options: AbortOptions) => Promise<JsonObject>;

/** Every operation by its name. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
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
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (operation === undefined) {
    const known = `there are ${OPERATION_NAMES.join(', ')}`;
    throw unsupported(
      parts.spec.name,
      'operations',
      name,
      `'${name}' is no operation of Virtualization.framework; ${known}`,
    );
  }
  return operation(parts, args, options);
}
