import type { MachineType } from '../options.ts';
import type { SharePlan } from './boot-plan.ts';
import { device, virtio } from './device-args.ts';
import { optionValue } from './escape.ts';

/** The arguments for one shared directory. */
export function shareArgs(share: SharePlan, index: number, machine: MachineType): readonly string[] {
  const id = `share${index}`;
  switch (share.via.type) {
    case 'virtiofs':
      return [
        ...['-chardev', `socket,id=${id},path=${optionValue(share.via.socket)}`],
        ...device({ driver: virtio('vhost-user-fs', machine), id: `${id}-device`, chardev: id, tag: share.tag }),
      ];
    case '9p':
      return [
        ...['-fsdev', fsdev(id, share)],
        ...device({ driver: virtio('virtio-9p', machine), id: `${id}-device`, fsdev: id, mount_tag: share.tag }),
      ];
  }
}

/** `security_model=none`: owners and modes are passed on as far as QEMU's user may set them. */
function fsdev(id: string, share: SharePlan): string {
  const options = [
    'local',
    `id=${id}`,
    `path=${optionValue(share.hostPath)}`,
    'security_model=none',
    'multidevs=remap',
  ];
  return [...options, ...(share.readOnly ? ['readonly=on'] : [])].join(',');
}
