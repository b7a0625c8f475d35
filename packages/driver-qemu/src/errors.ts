import { VmError } from '@vmrs/core/driver';

/** A `HYPERVISOR` error of this driver: QEMU or a helper of it refused or failed. `native` is its own words. */
export function hypervisorError(
  operation: string,
  detail: string,
  init: { readonly native?: string; readonly cause?: unknown; readonly vm?: string } = {},
): VmError<'HYPERVISOR'> {
  const { native, cause, vm } = init;
  return new VmError('HYPERVISOR', {
    driver: 'qemu',
    detail,
    details: { operation, ...(native === undefined ? {} : { native }) },
    ...(vm === undefined ? {} : { vm }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** An `UNSUPPORTED` of this driver: `path` is what stands in the way of `capability`, `message` says why. */
export function unsupported(vm: string, capability: string, path: string, message: string): VmError<'UNSUPPORTED'> {
  const details = { capabilities: [capability], problems: [{ path, message }] };
  return new VmError('UNSUPPORTED', { vm, driver: 'qemu', detail: `${capability} of '${vm}': ${message}`, details });
}

/** The words of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
