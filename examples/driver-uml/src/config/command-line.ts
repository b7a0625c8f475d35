import type { BootSpec, VmPaths } from '@vmrs/core/driver';
import { words } from './validate.ts';

/** Name of the folder that the kernel makes for its control socket. */
export const UMID = 'uml';

/** The arguments of the kernel. Its console is stdout. */
export function commandLine(spec: BootSpec, { runtimeDir }: Pick<VmPaths, 'runtimeDir'>): readonly string[] {
  return [
    `mem=${spec.memoryMb}M`,
    ...(spec.initramfs === null ? [] : [`initrd=${spec.initramfs}`]),
    ...['con=null', 'con0=null,fd:1', 'ssl=null'],
    // The kernel joins the two without a slash of its own.
    ...[`uml_dir=${runtimeDir}/`, `umid=${UMID}`],
    // Without a word about a root it takes its first disk for one.
    ...(words(spec.cmdline).some((word) => word.startsWith('root=')) ? [] : ['root=']),
    ...words(spec.cmdline),
  ];
}
