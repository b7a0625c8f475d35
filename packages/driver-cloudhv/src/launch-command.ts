import type { BootSpec, ProcessCommand, VmPaths } from '@vmrs/core/driver';
import type { View } from './config/view.ts';
import { API_SOCKET } from './control/control-socket.ts';
import { EVENT_FILE } from './control/event-file.ts';
import { hypervisorError } from './errors.ts';
import type { Helpers } from './host/host.ts';
import { withPrivateMounts } from './isolation/private-mounts.ts';
import type { VmOptions } from './vm-options.ts';

/** How often `-v` is given; without it the log does not tell a power-off by the guest from an end from outside. */
const VERBOSITY = { info: '-v', debug: '-vv', trace: '-vvv' } as const;

const SECCOMP = { on: 'true', off: 'false', log: 'log', errno: 'errno' } as const;

/**
 * What to run: Cloud Hypervisor with nothing but its sockets, since the VM is described over the API; `ip netns exec` before it where it has a network namespace, and
 * a mount namespace before that. Each becomes the next in the same process. Pure. Throws `HYPERVISOR` when a helper for it is missing.
 */
export function launchCommand(
  binary: string,
  spec: Pick<BootSpec, 'name' | 'netns'>,
  options: Pick<VmOptions, 'seccomp' | 'logLevel'>,
  { view, helpers, paths }: { readonly view: View; readonly helpers: Helpers; readonly paths: VmPaths },
): ProcessCommand {
  const need = (helper: { readonly path: string } | string, operation: string): string => {
    if (typeof helper === 'string') throw hypervisorError(operation, helper, { vm: spec.name });
    return helper.path;
  };
  // Names relative to the working directory: no comma or quote in a path can be taken for a part of an option, nor be too long for a socket.
  const vmm = [
    binary,
    ...['--api-socket', `path=${API_SOCKET}`],
    ...['--event-monitor', `path=${EVENT_FILE}`],
    ...['--seccomp', SECCOMP[options.seccomp]],
    VERBOSITY[options.logLevel],
  ];
  const inNetns = spec.netns === null ? vmm : [need(helpers.ip, 'netns'), 'netns', 'exec', spec.netns, ...vmm];
  const [file = '', ...args] =
    view.mountPoint === null
      ? inNetns
      : withPrivateMounts(need(helpers.unshare, 'private mounts'), paths.runtimeDir, view, inNetns);
  return { role: 'vmm', file, args, cwd: paths.runtimeDir, stdout: paths.serialLog };
}
