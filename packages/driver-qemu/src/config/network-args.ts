import type { JsonObject, PortForwardSpec } from '@vmrs/core/driver';
import type { MachineType } from '../options.ts';
import type { NicPlan } from './boot-plan.ts';
import { device, virtio } from './device-args.ts';

/** The arguments for one network interface. */
export function networkArgs(nic: NicPlan, index: number, machine: MachineType): readonly string[] {
  const id = `net${index}`;
  const netdev: JsonObject = { ...backend(nic.link), id };
  const model: JsonObject = { driver: virtio('virtio-net', machine), id: `${id}-device`, netdev: id, mac: nic.mac };
  return [
    ...['-netdev', JSON.stringify(netdev)],
    // No boot ROM: a kernel is always given, and the ROM's file would have to be there again for a restore.
    ...device(machine === 'microvm' ? model : { ...model, romfile: '' }),
  ];
}

function backend(link: NicPlan['link']): JsonObject {
  switch (link.type) {
    case 'nat':
      return {
        type: 'user',
        ...(link.ports.length === 0 ? {} : { hostfwd: link.ports.map((port) => ({ str: forward(port) })) }),
      };
    case 'tap':
      return { type: 'tap', ifname: link.name, script: 'no', downscript: 'no', vhost: link.vhost };
    case 'fd':
      return { type: 'dgram', local: { type: 'fd', str: String(link.fd) } };
    case 'unix':
      return {
        type: 'dgram',
        local: { type: 'unix', path: link.localPath },
        remote: { type: 'unix', path: link.path },
      };
  }
}

/** Numbers, a protocol and an IPv4 address: nothing here can hold a separator. */
function forward({ protocol, hostAddress, hostPort, guestPort }: PortForwardSpec): string {
  return `${protocol}:${hostAddress}:${hostPort}-:${guestPort}`;
}
