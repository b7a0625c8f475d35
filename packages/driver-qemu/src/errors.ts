import type { VmError } from '@vmrs/core/driver';
import * as kit from '@vmrs/driver-kit';

export { messageOf } from '@vmrs/driver-kit';

/** A `HYPERVISOR` error of this driver: QEMU or a helper of it refused or failed. */
export function hypervisorError(operation: string, detail: string, init: kit.FailureInit = {}): VmError<'HYPERVISOR'> {
  return kit.hypervisorError('qemu', operation, detail, init);
}

/** An `UNSUPPORTED` of this driver: `path` is what stands in the way of `capability`, `message` says why. */
export function unsupported(vm: string, capability: string, path: string, message: string): VmError<'UNSUPPORTED'> {
  return kit.unsupported('qemu', vm, capability, path, message);
}
