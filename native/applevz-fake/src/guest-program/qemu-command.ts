import { existsSync } from 'node:fs';
import type { Description } from './description.ts';

/** Where Debian has the small firmware. */
const QBOOT = '/usr/share/qemu/qboot.rom';

const MIB = 1024 * 1024;

/** Descriptor of the console's socket in QEMU's process; those of networks follow. */
const CONSOLE_FD = 3;

/** What QEMU is started with: its command line, and which descriptors of this process are its own from 3 on. */
export interface QemuCommand {
  readonly command: readonly string[];
  readonly descriptors: readonly number[];
}

/**
 * QEMU as the machine that the framework would make: a virtio console, disks in order with their identifiers as serial numbers, networks with their addresses, shares by the sockets
 * of their daemons. A NIC on a socket exchanges frames by it; any other has QEMU's own network, with DHCP as a Mac gives. Resets are QEMU's own affair, as they are the framework's. QEMU
 * dies with this process, whatever ends that: `setpriv` has the kernel see to it.
 */
export function qemuCommand(
  machine: Description,
  options: {
    readonly console: number;
    /** Sockets of daemons, by the tag of the share. */
    readonly shares: ReadonlyMap<string, string>;
    readonly incoming: boolean;
  },
): QemuCommand {
  const descriptors = [options.console];
  const inherit = (descriptor: number): number => CONSOLE_FD + descriptors.push(descriptor) - 1;
  const networks = machine.networks.flatMap(({ kind, mac, descriptor }, index) => {
    if (kind === 'none') return [];
    const backend =
      descriptor === null
        ? { type: 'user', id: `net${index}` }
        : { type: 'dgram', id: `net${index}`, local: { type: 'fd', str: String(inherit(descriptor)) } };
    const device = { driver: 'virtio-net-pci', netdev: `net${index}`, mac, id: `nic${index}` };
    return ['-netdev', JSON.stringify(backend), '-device', JSON.stringify(device)];
  });
  const command = [
    ...['setpriv', '--pdeathsig', 'KILL'],
    ...architecture(machine),
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-object', `memory-backend-memfd,id=memory,size=${machine.memoryBytes},share=on`],
    ...['-m', String(machine.memoryBytes / MIB), '-smp', String(machine.cpus)],
    ...['-chardev', 'stdio,id=monitor,signal=off', '-mon', 'chardev=monitor,mode=control'],
    ...['-chardev', `socket,id=console,fd=${CONSOLE_FD}`],
    ...['-device', 'virtio-serial-pci', '-device', 'virtconsole,chardev=console'],
    ...(machine.kernel === null ? [] : ['-kernel', machine.kernel, '-append', cmdline(machine)]),
    ...(machine.initramfs === null ? [] : ['-initrd', machine.initramfs]),
    ...['-device', 'virtio-rng-pci', '-device', 'virtio-balloon-pci'],
    ...machine.disks.flatMap(({ path, readOnly, identifier }, index) => {
      const file = { driver: 'file', filename: path, 'read-only': readOnly, locking: 'off' };
      const node = { driver: 'raw', 'node-name': `disk${index}`, 'read-only': readOnly, file };
      const device = { driver: 'virtio-blk-pci', drive: `disk${index}`, serial: identifier };
      return ['-blockdev', JSON.stringify(node), '-device', JSON.stringify(device)];
    }),
    ...networks,
    ...[...options.shares].flatMap(([tag, socket], index) => [
      ...['-chardev', `socket,id=share${index},path=${socket}`],
      ...['-device', JSON.stringify({ driver: 'vhost-user-fs-pci', chardev: `share${index}`, tag })],
    ]),
    ...(options.incoming ? ['-incoming', 'defer', '-S'] : []),
  ];
  return { command, descriptors };
}

function architecture({ cpus }: Description): readonly string[] {
  if (process.arch === 'arm64') {
    return ['qemu-system-aarch64', '-accel', 'tcg', '-cpu', 'cortex-a57', '-machine', 'virt,memory-backend=memory'];
  }
  const tcg = cpus > 1 ? 'tcg,thread=multi' : 'tcg';
  return [
    ...['qemu-system-x86_64', '-accel', tcg, '-cpu', 'qemu64', '-machine', 'q35,memory-backend=memory'],
    ...(existsSync(QBOOT) ? ['-bios', QBOOT] : []),
  ];
}

/** Without the parameter the kernel calibrates a timer for nothing; with more CPUs the timer is needed. */
function cmdline({ cmdline: given, cpus }: Description): string {
  return process.arch === 'x64' && cpus === 1 ? `${given} nolapic_timer` : given;
}
