import { join } from 'node:path';
import type { DriverContext } from '@vmrs/core/driver';
import { type Sidecar, startSidecar } from '@vmrs/driver-kit';

/** Any above 2 will do: each guest has a helper of its own. */
const GUEST_CID = 3;

/** Where the host reaches the guest's vsock ports. */
export function vsockPath(runtimeDir: string): string {
  return join(runtimeDir, 'vsock.sock');
}

/** Starts `vhost-device-vsock`, which is the guest's vsock device to QEMU and a unix socket to the host. */
export function startVsock(file: string, deviceSocket: string, context: DriverContext): Promise<Sidecar> {
  const args = [
    `--guest-cid=${GUEST_CID}`,
    `--socket=${deviceSocket}`,
    `--uds-path=${vsockPath(context.paths.runtimeDir)}`,
  ];
  return startSidecar({ role: 'vsock', file, args }, deviceSocket, { serves: 'vsock', driver: 'qemu' }, context);
}
