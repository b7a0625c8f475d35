import type { BootPlan } from '@vmrs/core';
import type { PlanView } from '../json/shapes.ts';

/** What is made for a VM besides the processes of its hypervisor. */
export function makesOf({ driver, spec, stateDir, serialLog, vmmLog, runtimeRoot }: BootPlan): PlanView['makes'] {
  const taps = spec.networks.flatMap((network) => {
    if (network.type !== 'tap' || !network.create) return [];
    const bridge = network.bridge === null ? '' : `, port of bridge ${network.bridge}`;
    const netns = spec.netns === null ? '' : `, in network namespace ${spec.netns}`;
    return [{ what: 'tap', where: `${network.name}${bridge}${netns}` }];
  });
  const ports = spec.networks.flatMap((network) => {
    if (network.type !== 'nat') return [];
    return network.ports.map(({ hostAddress, hostPort, guestPort, protocol }) => {
      const host = hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress;
      return { what: 'listening port', where: `${protocol} ${host}:${hostPort} to port ${guestPort} of the guest` };
    });
  });
  return [
    { what: 'processes', where: `the VMM that driver '${driver ?? ''}' starts, its helpers, and a keeper for each` },
    { what: 'folder of the record', where: stateDir },
    { what: 'console log', where: serialLog },
    { what: "VMM's log", where: vmmLog },
    { what: 'folder of sockets', where: `a new one in ${runtimeRoot}` },
    ...taps,
    ...ports,
  ];
}
