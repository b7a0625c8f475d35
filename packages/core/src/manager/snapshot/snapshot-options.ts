import type { AbortOptions } from '../../util/abort.ts';
import { checkKnown, checkSignal, shown } from '../options/check-options.ts';
import type { CopyProgress } from './disk-copies.ts';

/** Options of a snapshot. */
export interface SnapshotOptions extends AbortOptions {
  /**
   * What becomes of the writable disks, while the VM is paused. `none`: they stay where they are, and the snapshot fits to nothing but their present content. `reflink`: cloned into the
   * snapshot, in no time and without taking space, and refused where the file system cannot. `copy`: copied, but for zeros. Default `none`: 100 GB are never copied unasked.
   */
  readonly disks?: 'none' | 'reflink' | 'copy';
  /** Called while disks are copied. A VM that another program holds tells nothing of it. */
  readonly onProgress?: (progress: CopyProgress) => void;
}

/** Refuses options that there are not. Throws `TypeError`. */
export function checkSnapshotOptions(options: SnapshotOptions): void {
  checkKnown('snapshot()', options, ['signal', 'disks', 'onProgress']);
  checkSignal(options);
  const { disks = 'none', onProgress } = options;
  if (!['none', 'reflink', 'copy'].includes(disks)) {
    throw new TypeError(`snapshot(): disks must be 'none', 'reflink' or 'copy', got ${shown(disks)}`);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new TypeError(`snapshot(): onProgress must be a function, got ${shown(onProgress)}`);
  }
}
