import { isVmError, type Keep, type Vm } from '@vmrs/core';
import type { Cli } from './cli.ts';
import { type GlobalOptions, namespaceOf } from './global-options.ts';
import { openToLook } from './open-manager.ts';

/**
 * Does `work` with the VM of that name, whoever holds it. When its holder lets go of it meanwhile (a `vmrs logs -f` that ends, for example), it is done once more with the
 * VM in this program's own hands.
 */
export async function withVm<T>(
  cli: Cli,
  options: GlobalOptions,
  name: string,
  work: (vm: Vm) => Promise<T>,
  keep?: Keep,
): Promise<T> {
  await using vms = await openToLook(cli, options, keep === undefined ? {} : { keep });
  const namespace = namespaceOf(options);
  try {
    return await work(await vms.get(name, { namespace }));
  } catch (error) {
    // Nothing was done; what the VM's own state refuses is refused again.
    if (!isVmError(error, 'INVALID_STATE')) throw error;
    return await work(await vms.get(name, { namespace }));
  }
}
