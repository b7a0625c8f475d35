import { VmError } from '@vmrs/core/driver';

/** What a driver knows about a failure besides the words for it. */
export interface FailureInit {
  /** The hypervisor's or the helper's own words. */
  readonly native?: string;
  readonly cause?: unknown;
  /** Name of the VM. */
  readonly vm?: string;
}

/** A `HYPERVISOR` error: the hypervisor, or a helper of it, refused or failed at `operation`. */
export function hypervisorError(
  driver: string,
  operation: string,
  detail: string,
  { native, cause, vm }: FailureInit = {},
): VmError<'HYPERVISOR'> {
  return new VmError('HYPERVISOR', {
    driver,
    detail,
    details: { operation, ...(native === undefined ? {} : { native }) },
    ...(vm === undefined ? {} : { vm }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** An `UNSUPPORTED` error: `path` is what stands in the way of `capability`, `message` says why. */
export function unsupported(
  driver: string,
  vm: string,
  capability: string,
  path: string,
  message: string,
): VmError<'UNSUPPORTED'> {
  const details = { capabilities: [capability], problems: [{ path, message }] };
  return new VmError('UNSUPPORTED', { vm, driver, detail: `${capability} of '${vm}': ${message}`, details });
}

/** The words of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
