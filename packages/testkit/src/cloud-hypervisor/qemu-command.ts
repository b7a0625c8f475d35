import { existsSync } from 'node:fs';
import type { ChVmConfig } from './vm-config.ts';

/** Where Debian has the small firmware. */
const QBOOT = '/usr/share/qemu/qboot.rom';

/** Descriptor of the console in QEMU's process. */
export const CONSOLE_FD = 3;

/**
 * The command line of a QEMU that is the machine that Cloud Hypervisor would make: the same disks in the same order with the same serial numbers, taps with their addresses,
 * shares by their sockets, and a console that is appended to. QEMU dies with the stand-in, whatever ends that: `setpriv` has the kernel see to it.
 */
export function qemuCommand(config: ChVmConfig, incoming: string | null): readonly string[] {
  const { payload, cpus, memory } = config;
  const option = (value: unknown): string => String(value).replaceAll(',', ',,');
  // Without it the kernel calibrates a timer for nothing; with more CPUs the timer is needed.
  const cmdline = `${payload.cmdline ?? ''}${cpus.boot_vcpus === 1 ? ' nolapic_timer' : ''}`;
  return [
    ...['setpriv', '--pdeathsig', 'KILL', 'qemu-system-x86_64'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-accel', 'tcg', '-cpu', 'qemu64'],
    ...['-object', `memory-backend-memfd,id=memory,size=${memory.size},share=on`],
    ...['-machine', 'q35,memory-backend=memory', '-m', String(memory.size / 1024 / 1024)],
    ...['-smp', String(cpus.boot_vcpus)],
    ...(existsSync(QBOOT) ? ['-bios', QBOOT] : []),
    ...['-chardev', 'stdio,id=monitor,signal=off', '-mon', 'chardev=monitor,mode=control'],
    ...['-chardev', `file,id=console,path=/proc/self/fd/${CONSOLE_FD},append=on`, '-serial', 'chardev:console'],
    ...['-kernel', payload.kernel ?? '', '-append', cmdline],
    ...(payload.initramfs === undefined ? [] : ['-initrd', payload.initramfs]),
    ...(config.pvpanic ? ['-device', 'pvpanic'] : []),
    ...['-device', 'virtio-rng-pci'],
    ...config.disks.flatMap(({ id, path, readonly, image_type: type, serial }) => {
      const node = { driver: type === 'Qcow2' ? 'qcow2' : 'raw', 'node-name': id, 'read-only': readonly === true };
      const file = { driver: 'file', filename: path, 'read-only': readonly === true };
      const device = { driver: 'virtio-blk-pci', drive: id, id: `device-${id}`, serial: serial ?? id };
      return ['-blockdev', JSON.stringify({ ...node, file }), '-device', JSON.stringify(device)];
    }),
    ...config.net.flatMap(({ id, tap, mac }) => [
      ...['-netdev', `tap,id=${id},ifname=${option(tap)},script=no,downscript=no`],
      ...['-device', `virtio-net-pci,netdev=${id},mac=${option(mac)},id=device-${id}`],
    ]),
    ...config.fs.flatMap(({ id, tag, socket }) => [
      ...['-chardev', `socket,id=${id},path=${option(socket)}`],
      ...['-device', `vhost-user-fs-pci,chardev=${id},tag=${option(tag)},id=device-${id}`],
    ]),
    ...(incoming === null ? [] : ['-incoming', 'defer', '-S']),
  ];
}
