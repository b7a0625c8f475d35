import type { VmError } from '@vmrs/core/driver';
import { hypervisorError } from '@vmrs/driver-kit';
import { adviceOn, formatFailure } from './format-failure.ts';
import type { Operation, WireFailure } from './protocol.ts';

/** Id of the driver, as in its manifest. */
const DRIVER = 'applevz';

/** The `HYPERVISOR` error of an operation that a host could not do; its `native` are the framework's words. */
export function operationFailed(op: Operation, failure: WireFailure, vm: string): VmError<'HYPERVISOR'> {
  const native = formatFailure(failure);
  const advice = adviceOn(failure);
  const who = failure.domain === 'host' ? 'the host process' : 'Virtualization.framework';
  const detail = `${who} refused '${op}' for '${vm}': ${native}${advice === null ? '' : `; ${advice}`}`;
  return hypervisorError(DRIVER, op, detail, { native, vm });
}

/** The `HYPERVISOR` error of a host that could not be asked. */
export function hostUnreachable(operation: string, detail: string, vm: string, cause?: unknown): VmError<'HYPERVISOR'> {
  return hypervisorError(DRIVER, operation, detail, { vm, cause });
}
