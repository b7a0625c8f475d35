import { rm } from 'node:fs/promises';
import type { DriverContext, ProcessCommand } from '@vmrs/core/driver';
import type { Virtiofsd } from '../host/virtiofsd.ts';
import { type Sidecar, startSidecar } from './sidecar.ts';

/**
 * Makes the folder read-only in a mount namespace of its own and then becomes the daemon. Fixed text; the folder and the daemon's command
 * line are its parameters. Nothing of the mount is seen outside, and it is gone with the process.
 */
const READ_ONLY_SCRIPT = 'mount --bind -- "$1" "$1" && mount -o remount,bind,ro -- "$1" && shift && exec "$@"';

/** A directory and the socket on which the hypervisor finds it. */
export interface ServedShare {
  readonly tag: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
  /** Path of the socket; must not exist. */
  readonly socket: string;
}

/** How the daemon locks itself in; `none` trusts it with all that its user may do. */
export type VirtiofsdSandbox = 'namespace' | 'chroot' | 'none';

/** How one daemon is run. */
export interface VirtiofsdRun {
  /** Unique within the VM. */
  readonly role: string;
  readonly sandbox: VirtiofsdSandbox;
  /**
   * Whether it is started again when it has ended in order, which it does at the end of each connection: for a hypervisor that connects anew at each reboot of
   * the guest, with or without a controller. A daemon that fails is not. It is ended with the VM. Default false.
   */
  readonly again?: boolean;
}

/** Runs the daemon again each time that it has ended in order. Fixed text; the daemon's command line is its parameters. */
const AGAIN_SCRIPT = 'while :; do "$@" || exit "$?"; done';

/** What `startVirtiofsd` says is lost with the daemon of that share. */
export function servesShare(tag: string): string {
  return `shared directory '${tag}'`;
}

/** Starts the daemon that serves one shared directory to the hypervisor. Throws `HYPERVISOR`, or the signal's reason. */
export async function startVirtiofsd(
  daemon: Virtiofsd,
  share: ServedShare,
  run: VirtiofsdRun & { readonly driver: string },
  context: Pick<DriverContext, 'processes' | 'vm' | 'signal' | 'clock'>,
): Promise<Sidecar> {
  const command = virtiofsdCommand(daemon, share, run);
  try {
    return await startSidecar(command, share.socket, { serves: servesShare(share.tag), driver: run.driver }, context);
  } finally {
    // Once it listens nobody reads it again.
    await removeTraces(share.socket);
  }
}

/** Removes what the C daemon leaves outside of the VM's folders in every case; does nothing when there is nothing. */
export async function removeTraces(socket: string): Promise<void> {
  await rm(pidFile(socket), { force: true });
}

/** The command of the daemon for one share. Pure. */
export function virtiofsdCommand(daemon: Virtiofsd, share: ServedShare, run: VirtiofsdRun): ProcessCommand {
  const once = daemonCommand(daemon, share, run.sandbox);
  const [file = '', ...args] = run.again === true ? ['/bin/sh', '-c', AGAIN_SCRIPT, 'vmrs-again', ...once] : once;
  return { role: run.role, file, args };
}

function daemonCommand(daemon: Virtiofsd, share: ServedShare, sandbox: VirtiofsdSandbox): readonly string[] {
  const { readOnly } = daemon;
  const args = daemon.dialect === 'c' ? cArgs(share, sandbox) : rustArgs(share, sandbox);
  if (!share.readOnly) return [daemon.path, ...args];
  if (readOnly === null) throw new TypeError(`'${daemon.path}' cannot serve a read-only share; to be checked before`);
  switch (readOnly.by) {
    case 'switch':
      return [daemon.path, ...args, '--readonly'];
    case 'namespace': {
      const script = ['/bin/sh', '-c', READ_ONLY_SCRIPT, 'sh', share.hostPath, daemon.path, ...args];
      return [readOnly.unshare, '--mount', '--propagation', 'private', '--', ...script];
    }
  }
}

function rustArgs(share: ServedShare, sandbox: string): readonly string[] {
  return [`--socket-path=${share.socket}`, `--shared-dir=${share.hostPath}`, `--sandbox=${sandbox}`];
}

/** In its `-o` lists a backslash takes a comma's (and a backslash's) meaning away. */
function cArgs(share: ServedShare, sandbox: string): readonly string[] {
  const source = share.hostPath.replaceAll(/[\\,]/g, String.raw`\$&`);
  return ['-f', `--socket-path=${share.socket}`, '-o', `source=${source}`, '-o', `sandbox=${sandbox}`];
}

/** `fv_socket_lock` in QEMU 7.2's `tools/virtiofsd/fuse_virtio.c`: slashes become dots. */
function pidFile(socket: string): string {
  return `/var/run/virtiofsd/${socket.replaceAll('/', '.')}.pid`;
}
