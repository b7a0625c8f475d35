import { VmError, type VmManager, type VmState } from '@vmrs/core';
import { hearOut, untilEnd, type VmName } from './follow.ts';

/** Resolves when the VM has ended, with how; null when it was removed before it told. Throws `TIMEOUT`. */
export async function waitForEnd(vms: VmManager, vm: VmName, timeoutMs: number): Promise<VmState | null> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const detail = `it has not ended within ${timeoutMs} ms`;
    late.reject(new VmError('TIMEOUT', { vm: vm.name, detail, details: { operation: 'wait', timeoutMs } }));
  }, timeoutMs);
  try {
    return await Promise.race([untilEnd(vms, vm, hearOut), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
