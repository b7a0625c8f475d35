import type { Features } from '../host/features.ts';
import type { VmOptions } from '../vm-options.ts';

/** How Cloud Hypervisor fills the memory of a restored VM; null where it has but one way. */
export type RestoreMode = 'Copy' | 'OnDemand' | null;

/**
 * The way to fill the memory. `auto` takes `OnDemand` only where that is lazy, allowed and safe: from v53 on it loads everything in the background as well, which costs a CPU and
 * all of the memory; on v52 a snapshot of such a VM loses pages when its memory is shared (cloud-hypervisor#8525). Pure.
 */
export function restoreMode(
  wanted: VmOptions['restoreMemory'],
  { onDemandRestore }: Pick<Features, 'onDemandRestore'>,
  { mayPageOnDemand, sharedMemory }: { readonly mayPageOnDemand: boolean; readonly sharedMemory: boolean },
): RestoreMode {
  if (onDemandRestore === null) return null;
  if (wanted === 'on-demand') return 'OnDemand';
  const lazily = wanted === 'auto' && onDemandRestore === 'lazy' && mayPageOnDemand && !sharedMemory;
  return lazily ? 'OnDemand' : 'Copy';
}

/** Why memory cannot be restored on demand as it was asked for; null when it can, or was not asked for. Pure. */
export function whyNotOnDemand(
  wanted: VmOptions['restoreMemory'],
  { onDemandRestore }: Pick<Features, 'onDemandRestore'>,
  { mayPageOnDemand, sharedMemory }: { readonly mayPageOnDemand: boolean; readonly sharedMemory: boolean },
): string | null {
  if (wanted !== 'on-demand') return null;
  if (onDemandRestore === null) return 'this Cloud Hypervisor cannot; v52 or later can';
  if (!mayPageOnDemand)
    return 'this user may not: give it access to /dev/userfaultfd, or sysctl vm.unprivileged_userfaultfd=1';
  if (onDemandRestore === 'lazy' && sharedMemory)
    return 'v52 loses pages in a later snapshot of a VM with shared memory; v53 or later does not';
  return null;
}
