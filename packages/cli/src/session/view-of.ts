import type { Vm, VmManager } from '@vmrs/core';
import type { VmView } from '../json/shapes.ts';
import { vmView } from '../json/views.ts';

/** A VM of this manager as `ls` will show it when this program has ended. */
export async function viewOf(vms: VmManager, { namespace, name }: Pick<Vm, 'namespace' | 'name'>): Promise<VmView> {
  return { ...vmView(await vms.inspect(name, { namespace })), ownerPid: null };
}
