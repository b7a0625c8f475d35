import { mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { VmManager } from '@vmrs/core';
import { qemu } from '@vmrs/driver-qemu';
import { appendToInitramfs, guestAssets, workloadFiles } from '@vmrs/guest';

/** What is run inside of the outer machine. */
export interface Inside {
  readonly command: readonly string[];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Folders of this machine that it needs; they must be on the root file system. */
  readonly needs: readonly string[];
  readonly timeoutMs: number;
  readonly onConsole: (chunk: Uint8Array) => void;
  readonly signal: AbortSignal;
}

/** Modules that make a KVM host of the guest. */
const MODULES = ['kvm', 'kvm-amd', 'tun', 'overlay', 'virtiofs', 'fuse'];

/**
 * Runs in the guest as root: makes a root file system of this machine's own, with whatever is written kept in memory, and runs the command in it. Fixed text; the command is its
 * parameters.
 */
const ENTER = `set -e
for module in overlay kvm kvm-amd tun; do modprobe "$module"; done
mkdir -p /o/lower /o/rw /o/root
mount -t virtiofs host /o/lower
mount -t tmpfs -o size=900m none /o/rw
mkdir /o/rw/up /o/rw/work
mount -t overlay -o lowerdir=/o/lower,upperdir=/o/rw/up,workdir=/o/rw/work none /o/root
mount -t proc proc /o/root/proc
mount -t sysfs sys /o/root/sys
mount -t devtmpfs dev /o/root/dev
for folder in run mnt; do mount -t tmpfs none "/o/root/$folder"; done
ifconfig lo up
exec chroot /o/root "$@"`;

/**
 * Boots a machine with a true /dev/kvm, in software: QEMU's own processor has AMD's virtualization, and its guest shares the root file system of this machine, from which it takes every program. Our
 * own driver boots it. Throws when it cannot be booted; what the command does is on the console.
 */
export async function runInside(inside: Inside): Promise<void> {
  for (const path of inside.needs) await mustBeOnRoot(path);
  const root = await realpath(await mkdtemp(join(tmpdir(), 'vn-')));
  try {
    const assets = await guestAssets({ extraModules: MODULES, signal: inside.signal });
    const initramfs = join(root, 'initramfs');
    const env = Object.entries(inside.env).map(([name, value]) => `${name}=${value}`);
    const argv = ['/bin/sh', '-c', ENTER, 'enter', '/usr/bin/env', '-i', ...env, ...inside.command];
    await writeFile(initramfs, appendToInitramfs(await readFile(assets.initramfs), workloadFiles({ argv })));
    // As root of a container only the weaker sandbox can serve `/`; the guest is ours, and writes to memory alone.
    const drivers = [qemu({ accel: 'tcg', cpu: 'max', virtiofsdSandbox: 'chroot' })];
    const vms = await VmManager.open({
      ...{ drivers, stateDir: join(root, 's'), runtimeDir: join(root, 'r') },
      ...{ signal: inside.signal, lifetime: 'attached' as const },
    });
    try {
      await using vm = await vms.boot(
        {
          ...{ name: 'outer', kernel: assets.vmlinux ?? assets.kernel, initramfs, memoryMb: 3072 },
          cmdline: 'console=ttyS0 panic=-1 quiet loglevel=1 cryptomgr.notests nolapic_timer vmrs.on_exit=poweroff',
          sharedDirs: [{ hostPath: '/', tag: 'host' }],
        },
        { signal: inside.signal },
      );
      const late = setTimeout(() => void vm.kill(), inside.timeoutMs);
      const stop = (): void => void vm.kill();
      inside.signal.addEventListener('abort', stop, { once: true });
      for await (const chunk of vm.console()) inside.onConsole(chunk);
      clearTimeout(late);
      inside.signal.removeEventListener('abort', stop);
    } finally {
      await vms.close();
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function mustBeOnRoot(path: string): Promise<void> {
  const [there, root] = await Promise.all([stat(path), stat('/')]);
  if (there.dev !== root.dev) throw new Error(`'${path}' is on another file system than '${dirname('/x')}'`);
}
