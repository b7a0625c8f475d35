import type { BootSpec, NetworkSpec, Problem } from '@vmrs/core/driver';
import { netnsProblems, runTool, tapProblems } from '@vmrs/driver-kit';
import type { Helpers } from '../host/host.ts';

/** What is wrong with the network namespace and with the taps in it. */
export async function networkProblems(spec: BootSpec, { ip }: Pick<Helpers, 'ip'>): Promise<readonly Problem[]> {
  if (spec.netns !== null && typeof ip === 'string') {
    return [{ path: 'netns', message: ip, fix: 'install iproute2' }];
  }
  const namespace = await netnsProblems(spec.netns);
  if (namespace.length > 0) return namespace;
  const taps = spec.networks.map((network, index) => tapProblemsOf(network, `networks[${index}]`, spec.netns, ip));
  return (await Promise.all(taps)).flat();
}

/** Cloud Hypervisor makes a tap that is not there itself, with nothing behind it: a misspelt name would go unnoticed. */
async function tapProblemsOf(
  network: NetworkSpec,
  path: string,
  netns: string | null,
  ip: Helpers['ip'],
): Promise<readonly Problem[]> {
  if (network.type !== 'tap' || network.create) return [];
  if (netns === null || typeof ip === 'string') return tapProblems(network.name, path);
  try {
    await runTool(ip.path, ['-n', netns, 'link', 'show', 'dev', network.name]);
    return [];
  } catch {
    // It fails for nothing else that this check could tell better.
    const fix = `ip -n ${netns} tuntap add ${network.name} mode tap`;
    return [{ path: `${path}.name`, message: `there is no network interface '${network.name}' in '${netns}'`, fix }];
  }
}
