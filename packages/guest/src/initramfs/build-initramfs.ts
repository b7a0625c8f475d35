import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { NewcWriter } from '../cpio/newc-writer.ts';
import { orderModules } from '../kernel/module-order.ts';
import type { ModuleTree } from '../kernel/module-tree.ts';
import { APPLETS } from './applets.ts';
import { GUEST_MODULES } from './guest-modules.ts';
import { readInitFiles } from './init-files.ts';
import { modulesAlias, modulesDep } from './module-files.ts';

/** What goes into an initramfs. */
export interface InitramfsOptions {
  /** A static busybox for the guest's architecture. */
  readonly busybox: Buffer;
  /** The kernel's modules. Without them the kernel must have every driver built in. */
  readonly modules?: ModuleTree | undefined;
  /** Modules besides the default ones, such as `kvm_amd`. */
  readonly extraModules?: readonly string[] | undefined;
  /** Adds `vmrs.test=` misbehaviour for tests of whoever watches the guest. Default: false. */
  readonly testHooks?: boolean | undefined;
  /** Default: `none`, which boots faster: the guest need not decompress it. `gzip` is about a third of the size. */
  readonly compression?: 'none' | 'gzip' | undefined;
}

/** An initramfs and what is in it. */
export interface Initramfs {
  readonly image: Buffer;
  /** The modules in the image, each after those it depends on. */
  readonly modules: readonly string[];
  /** Wanted modules that the kernel has built in. */
  readonly builtin: readonly string[];
  /** Wanted modules that this kernel does not have. */
  readonly absent: readonly string[];
}

const EMPTY_DIRS = ['dev', 'proc', 'sys', 'mnt', 'run', 'var', 'lib/modules'];

/**
 * Builds the guest's initramfs: the init of this package, busybox and kernel modules, in pure Node.js.
 *
 * The same input gives the same bytes. Modules come with an index (`modules.dep`, `modules.alias`), so the guest loads
 * exactly the drivers of the devices it finds, and the kernel loads file systems on demand.
 *
 * @throws `NOT_FOUND` for a missing module dependency, `BAD_FORMAT` for a damaged module
 */
export async function buildInitramfs(options: InitramfsOptions): Promise<Initramfs> {
  const cpio = new NewcWriter();
  for (const dir of EMPTY_DIRS) cpio.dir(dir);
  cpio.dir('root', 0o700).dir('tmp', 0o1777);
  // The kernel opens the console for the first process before anything is mounted.
  cpio.charDevice('dev/console', 5, 1, 0o600).charDevice('dev/null', 1, 3, 0o666);
  cpio.fifo('run/vmrs/network');
  cpio.file('bin/busybox', options.busybox, 0o755);
  for (const applet of APPLETS) cpio.symlink(`bin/${applet}`, 'busybox');
  // Where the kernel looks for it when it wants a module, and what /init hands over to.
  cpio.symlink('sbin/modprobe', '../bin/busybox').symlink('sbin/init', '../bin/busybox');
  for (const { path, body, mode } of await readInitFiles({ testHooks: options.testHooks === true })) {
    cpio.file(path, body, mode);
  }
  const modules = await addModules(cpio, options);
  const image = cpio.finish();
  return { ...modules, image: options.compression === 'gzip' ? await promisify(gzip)(image, { level: 9 }) : image };
}

async function addModules(cpio: NewcWriter, options: InitramfsOptions): Promise<Omit<Initramfs, 'image'>> {
  const tree = options.modules;
  if (tree === undefined) return { modules: [], builtin: [], absent: [] };
  const order = await orderModules(tree, [...GUEST_MODULES, ...(options.extraModules ?? [])]);
  const folder = `lib/modules/${tree.release}`;
  for (const { path, body } of order.modules) cpio.file(`${folder}/${path}`, body);
  cpio.file(`${folder}/modules.dep`, modulesDep(order.modules));
  cpio.file(`${folder}/modules.alias`, modulesAlias(order.modules));
  return { modules: order.modules.map(({ name }) => name), builtin: order.builtin, absent: order.absent };
}
