import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NewcWriter } from '@vmrs/guest';
import type { GuestConfig, GuestKind } from '@vmrs/testkit';

/** The kernel of Debian's package user-mode-linux. */
export const KERNEL = '/usr/bin/linux.uml';
/** Of Debian's package busybox-static. */
const BUSYBOX = '/bin/busybox';

/** A program that is no kernel: it ends at once. */
const NO_KERNEL = '/bin/false';

/** The first process of the guest, which does what the kernel's command line names. */
const INIT = `#!/bin/busybox sh
busybox mkdir -p /proc /dev /host
busybox mount -t proc proc /proc
busybox mount -t devtmpfs dev /dev
# The console's device may be a moment late, and an exec that fails would end the shell.
until (: >/dev/console) 2>/dev/null; do busybox sleep 0.05; done
exec >/dev/console 2>&1 </dev/null
# Ctrl-Alt-Del comes as a signal instead of a reset.
echo 0 >/proc/sys/kernel/ctrl-alt-del
trap 'busybox poweroff -f' INT
for word in $(busybox cat /proc/cmdline); do
  case $word in
    guest=*) guest=\${word#guest=} ;;
    folder=*) folder=\${word#folder=} ;;
  esac
done
case $guest in
  ready) echo "VMRS_READY 127.0.0.1" ;;
  never-ready) echo "nothing to say" ;;
  ignores-power-button) trap '' INT; echo "VMRS_READY 127.0.0.1" ;;
  powers-off) echo "going down"; busybox sleep 1; busybox poweroff -f ;;
  panics) busybox sleep 1; exit 1 ;;
  reboots)
    echo "VMRS_READY 127.0.0.1"
    # What outlives a reset is the host's.
    busybox mount -t hostfs -o "$folder" none /host
    if busybox mkdir /host/booted; then busybox sleep 1; busybox reboot -f; fi ;;
esac
while :; do busybox sleep 3600 & wait; done
`;

/** Writes the guest's initramfs to `folder`. */
export async function writeGuest(folder: string): Promise<string> {
  const cpio = new NewcWriter()
    .dir('bin')
    .dir('dev')
    .file('bin/busybox', await readFile(BUSYBOX), 0o755);
  const initramfs = join(folder, 'initramfs');
  await writeFile(initramfs, cpio.file('init', INIT, 0o755).finish());
  return initramfs;
}

/** The guest of that kind. */
export async function guestConfig(kind: GuestKind, initramfs: string, folder: string): Promise<GuestConfig> {
  if (kind === 'fails-to-boot') return { kernel: NO_KERNEL };
  const own = await mkdtemp(join(folder, 'guest-'));
  await mkdir(own, { recursive: true });
  return { kernel: KERNEL, initramfs, memoryMb: 64, cmdline: `quiet loglevel=1 guest=${kind} folder=${own}` };
}
