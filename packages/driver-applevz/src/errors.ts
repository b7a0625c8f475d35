import type { VmError } from '@vmrs/core/driver';
import * as kit from '@vmrs/driver-kit';

export { messageOf } from '@vmrs/driver-kit';

/** The driver's id, as in its manifest. */
export const DRIVER = 'applevz';

/** A `HYPERVISOR` error of this driver: Virtualization.framework or the host process refused or failed. */
export function hypervisorError(operation: string, detail: string, init: kit.FailureInit = {}): VmError<'HYPERVISOR'> {
  return kit.hypervisorError(DRIVER, operation, detail, init);
}

/** An `UNSUPPORTED` of this driver: `path` is what stands in the way of `capability`, `message` says why. */
export function unsupported(vm: string, capability: string, path: string, message: string): VmError<'UNSUPPORTED'> {
  return kit.unsupported(DRIVER, vm, capability, path, message);
}
