import { isEnded, isVmError, type Vm, type VmManager, type VmState } from '@vmrs/core';

/** Which log of a VM. */
export type LogKind = 'console' | 'vmm';

/** A VM by name. */
export interface VmName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Does `use` with the VM until it has ended: once, and again with the VM taken anew each time that its holder lets go of it. Resolves with how it ended; null when it was
 * removed before anybody could tell. Throws what `use` throws.
 */
export async function untilEnd(
  vms: VmManager,
  { namespace, name }: VmName,
  use: (vm: Vm) => Promise<void>,
  signal?: AbortSignal,
): Promise<VmState | null> {
  const how = signal === undefined ? { namespace } : { namespace, signal };
  let vm = await vms.get(name, how);
  const { instanceId } = vm;
  for (;;) {
    await use(vm);
    if (isEnded(vm.state) || signal?.aborted === true) return vm.state;
    const next = await vms.get(name, how).catch((error: unknown) => {
      if (isVmError(error, 'NOT_FOUND')) return null;
      throw error;
    });
    // Removed, or booted again, meanwhile.
    if (next === null || next.instanceId !== instanceId) return null;
    vm = next;
  }
}

/** Resolves when the VM has ended, or nothing is heard of it any more. */
export async function hearOut(vm: Vm): Promise<void> {
  for await (const event of vm.events()) if (event.type === 'state' && isEnded(event.state)) return;
}

/** Follows one log of a VM from byte `from` on, until it has ended. Each byte is written once, whoever holds the VM. Ends without an error when aborted. */
export async function followLog(
  vms: VmManager,
  name: VmName,
  kind: LogKind,
  {
    from,
    write,
    signal,
  }: { readonly from: number; readonly write: (bytes: Uint8Array) => Promise<void>; readonly signal: AbortSignal },
): Promise<VmState | null> {
  let seen = from;
  const use = async (vm: Vm): Promise<void> => {
    let position = 0;
    try {
      for await (const bytes of kind === 'console' ? vm.console({ signal }) : vm.logs({ signal })) {
        const fresh = bytes.subarray(Math.min(bytes.length, Math.max(0, seen - position)));
        position += bytes.length;
        if (fresh.length === 0) continue;
        seen = position;
        await write(fresh);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  try {
    return await untilEnd(vms, name, use, signal);
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}
