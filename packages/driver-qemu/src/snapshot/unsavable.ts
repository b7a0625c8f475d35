import type { BootSpec } from '@vmrs/core/driver';
import { unsupported } from '../errors.ts';

/** Throws `UNSUPPORTED` for a VM whose state lies partly in a helper process, where QEMU cannot save it. */
export function refuseUnsavable({ name, sharedDirs, vsock }: BootSpec): void {
  const because = 'cannot be saved: part of its state is in another process';
  if (sharedDirs.length > 0)
    throw unsupported(name, 'snapshot', 'sharedDirs', `a VM with shared directories ${because}`);
  if (vsock) throw unsupported(name, 'snapshot', 'vsock', `a VM with vsock ${because}`);
}
