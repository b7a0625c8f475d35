import type { BootPlan } from './boot-plan.ts';
import { device, virtio } from './device-args.ts';
import { diskArgs } from './disk-args.ts';
import { optionValue } from './escape.ts';
import { MEMORY_ID, memoryArgs } from './memory-args.ts';
import { networkArgs } from './network-args.ts';
import { shareArgs } from './share-args.ts';

/** The arguments of QEMU for a plan. Pure. No value can become an option: JSON where QEMU takes it, doubled commas where not. */
export function commandLine(plan: BootPlan): readonly string[] {
  const { machine } = plan;
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-name', `guest=${optionValue(plan.title)}`],
    ...machineArgs(plan),
    ...memoryArgs(plan.memory, plan.memoryMb),
    ...kernelArgs(plan),
    ...monitorArgs(plan.monitors),
    ...serialArgs(plan.serialLog),
    ...plan.disks.flatMap((disk) => diskArgs(disk, machine)),
    ...plan.nics.flatMap((nic, index) => networkArgs(nic, index, machine)),
    ...plan.shares.flatMap((share, index) => shareArgs(share, index, machine)),
    ...(plan.vsockSocket === null ? [] : vsockArgs(plan.vsockSocket, plan)),
    ...plan.extras.flatMap((driver, index) => device({ driver, id: `extra${index}` })),
    // Nothing runs before the state has arrived, and nothing after it until somebody resumes the guest.
    ...(plan.incoming ? ['-incoming', 'defer', '-S'] : []),
  ];
}

const GUEST_VISIBLE = new Set(['-machine', '-accel', '-cpu', '-smp', '-m', '-bios', '-uuid', '-device']);

/** The part of a command line that the guest can see, and that a restore must therefore repeat exactly. */
export function guestVisible(plan: BootPlan): readonly string[] {
  const args = commandLine(plan);
  return args.flatMap((arg, index) => (GUEST_VISIBLE.has(arg) ? [arg, args[index + 1] ?? ''] : []));
}

function machineArgs(plan: BootPlan): readonly string[] {
  const properties = [
    plan.machine,
    ...(plan.withoutI8042 ? ['i8042=off'] : []),
    // With ACPI, one microvm boot in four hangs under TCG while it calibrates its clock.
    ...(plan.machine === 'microvm' && plan.accelerator === 'tcg' ? ['acpi=off'] : []),
    `memory-backend=${MEMORY_ID}`,
  ];
  return [
    ...['-machine', properties.join(',')],
    ...['-accel', plan.accelerator],
    ...(plan.cpu === null ? [] : ['-cpu', plan.cpu]),
    ...['-smp', `cpus=${plan.cpus}`],
    ...(plan.firmware === null ? [] : ['-bios', plan.firmware]),
    ...(plan.uuid === null ? [] : ['-uuid', plan.uuid]),
    // A reboot stays inside of QEMU; a panic that the guest reports ends it.
    ...['-action', 'reboot=reset,shutdown=poweroff,panic=shutdown'],
  ];
}

/** `-kernel`, `-initrd` and `-append` take their value as it is. */
function kernelArgs(plan: BootPlan): readonly string[] {
  return [
    ...['-kernel', plan.kernel],
    ...(plan.initramfs === null ? [] : ['-initrd', plan.initramfs]),
    ...['-append', plan.cmdline],
  ];
}

function monitorArgs(sockets: readonly string[]): readonly string[] {
  return sockets.flatMap((path, index) => [
    ...['-chardev', `socket,id=qmp${index},path=${optionValue(path)},server=on,wait=off`],
    ...['-mon', `chardev=qmp${index},mode=control`],
  ]);
}

function serialArgs(serialLog: string): readonly string[] {
  return ['-chardev', `file,id=serial0,path=${optionValue(serialLog)},append=on`, '-serial', 'chardev:serial0'];
}

function vsockArgs(socket: string, { machine }: BootPlan): readonly string[] {
  return [
    ...['-chardev', `socket,id=vsock0,path=${optionValue(socket)}`],
    ...device({ driver: virtio('vhost-user-vsock', machine), id: 'vsock', chardev: 'vsock0' }),
  ];
}
