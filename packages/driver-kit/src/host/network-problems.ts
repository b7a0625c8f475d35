import { stat } from 'node:fs/promises';
import { errnoOf, type Problem } from '@vmrs/core/driver';

/** Where `ip netns` keeps a named network namespace. */
export function netnsPath(name: string): string {
  return `/run/netns/${name}`;
}

/** What keeps a VMM from being started in the network namespace `netns`. Linux. */
export async function netnsProblems(netns: string | null): Promise<readonly Problem[]> {
  if (netns === null) return [];
  if (process.getuid?.() !== 0)
    return [{ path: 'netns', message: 'only root can start a program in a network namespace' }];
  if (await exists(netnsPath(netns))) return [];
  return [{ path: 'netns', message: `there is no network namespace '${netns}'`, fix: `ip netns add ${netns}` }];
}

/** What is wrong with a tap of the controller's own network namespace that the caller says is there. `path` is that of the network. */
export async function tapProblems(name: string, path: string): Promise<readonly Problem[]> {
  if (process.platform !== 'linux') return [{ path, message: 'tap networks need Linux' }];
  if (await exists(`/sys/class/net/${name}`)) return [];
  return [
    { path: `${path}.name`, message: `there is no network interface '${name}'`, fix: `ip tuntap add ${name} mode tap` },
  ];
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
