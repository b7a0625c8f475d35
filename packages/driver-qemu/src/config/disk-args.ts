import type { MachineType } from '../options.ts';
import type { DiskPlan } from './boot-plan.ts';
import { device, virtio } from './device-args.ts';

/** The arguments for one disk: file, format, device. The file is locked, so that no two VMs write to one image. */
export function diskArgs(disk: DiskPlan, machine: MachineType): readonly string[] {
  const { id, readOnly } = disk;
  const file = {
    driver: disk.blockDevice ? 'host_device' : 'file',
    'node-name': `${id}-file`,
    filename: disk.path,
    'read-only': readOnly,
    discard: 'unmap',
  };
  const format = {
    driver: disk.format,
    'node-name': `${id}-disk`,
    file: `${id}-file`,
    'read-only': readOnly,
    discard: 'unmap',
  };
  return [
    ...['-blockdev', JSON.stringify(file)],
    ...['-blockdev', JSON.stringify(format)],
    ...device({ driver: virtio('virtio-blk', machine), id: `${id}-device`, drive: `${id}-disk`, serial: id }),
  ];
}
