import { join } from 'node:path';
import type { VmPaths } from '@vmrs/core/driver';

/** The sockets of a host, in the VM's runtime directory. */
export interface HostSockets {
  /** Where controllers talk to it. */
  readonly control: string;
  /** Where the guest's vsock ports are reached. */
  readonly vsock: string;
}

/** Where the host of a VM listens. */
export function hostSockets({ runtimeDir }: Pick<VmPaths, 'runtimeDir'>): HostSockets {
  return { control: join(runtimeDir, 'host.sock'), vsock: join(runtimeDir, 'vsock.sock') };
}

/** Where the connections of guests' programs to `port` arrive. */
export function guestVsockSocket({ vsock }: HostSockets, port: number): string {
  return `${vsock}_${port}`;
}
