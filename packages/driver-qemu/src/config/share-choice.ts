import type { SharedDirSpec } from '@vmrs/core/driver';
import type { Helpers } from '../host/host.ts';
import type { QemuBinary } from '../host/qemu-binary.ts';
import type { ResolvedOptions } from '../options.ts';
import { virtio } from './device-args.ts';

/** QEMU's own limit, `MAX_TAG_LEN` in `hw/9pfs/9p.h`, less the final zero. */
const MAX_9P_TAG_BYTES = 31;

/** How one directory will be shared, or why it cannot be. */
export type ShareChoice =
  | { readonly type: 'virtiofs' | '9p' }
  | { readonly type: 'none'; readonly reasons: readonly string[] };

/**
 * virtiofs where its daemon can do what is asked, else 9p; or only the one that was chosen by option. A read-only share is only made by a
 * means that keeps the guest from writing whatever it does.
 */
export function chooseShare(
  share: SharedDirSpec,
  options: Pick<ResolvedOptions, 'shares' | 'machine'>,
  binary: Pick<QemuBinary, 'devices' | 'memoryBackends'>,
  helpers: Pick<Helpers, 'virtiofsd'>,
): ShareChoice {
  const reasons: string[] = [];
  if (options.shares !== '9p') {
    const reason = whyNotVirtiofs(share, options, binary, helpers);
    if (reason === null) return { type: 'virtiofs' };
    reasons.push(`virtiofs: ${reason}`);
  }
  if (options.shares !== 'virtiofs') {
    const reason = whyNot9p(share, options, binary);
    if (reason === null) return { type: '9p' };
    reasons.push(`9p: ${reason}`);
  }
  return { type: 'none', reasons };
}

function whyNotVirtiofs(
  share: SharedDirSpec,
  { machine }: Pick<ResolvedOptions, 'machine'>,
  binary: Pick<QemuBinary, 'devices' | 'memoryBackends'>,
  { virtiofsd }: Pick<Helpers, 'virtiofsd'>,
): string | null {
  if (typeof virtiofsd === 'string') return virtiofsd;
  if (!binary.devices.has(virtio('vhost-user-fs', machine))) return 'this QEMU was built without it';
  if (!binary.memoryBackends.has('memory-backend-memfd')) return 'this QEMU cannot share memory with the daemon';
  if (share.readOnly && virtiofsd.readOnly === null) return `'${virtiofsd.path}' cannot be kept from writing`;
  return null;
}

function whyNot9p(
  share: SharedDirSpec,
  { machine }: Pick<ResolvedOptions, 'machine'>,
  binary: Pick<QemuBinary, 'devices'>,
): string | null {
  if (!binary.devices.has(virtio('virtio-9p', machine))) return 'this QEMU was built without it';
  if (Buffer.byteLength(share.tag) > MAX_9P_TAG_BYTES) return `the tag is longer than ${MAX_9P_TAG_BYTES} bytes`;
  return null;
}
