import type { ProcessCommand } from '@vmrs/core/driver';
import type { HostExecutable } from './prepare-host/index.ts';
import { hostArguments } from './program.ts';
import type { HostSockets } from './sockets.ts';

/** How a host process is started. Pure but for the place of the host program. */
export function launchCommand(
  executable: HostExecutable,
  sockets: HostSockets,
  addon: string | null,
  fds: readonly number[],
): ProcessCommand {
  const args = hostArguments([
    ...['--socket', sockets.control],
    ...['--vsock', sockets.vsock],
    ...(addon === null ? [] : ['--addon', addon]),
  ]);
  return { role: 'vmm', file: executable.path, args, env: executable.env, fds };
}
