import type { BootSpec, Problem } from '@vmrs/core/driver';
import { isExecutable } from '@vmrs/driver-kit';

/** The rules of User-Mode Linux: everything that is wrong, at once. */
export async function specProblems({ kernel, cpus, cmdline }: BootSpec): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  if (kernel === null) problems.push({ path: 'kernel', message: 'User-Mode Linux is a kernel; give its executable' });
  else if (!(await isExecutable(kernel))) {
    const fix = 'give a kernel that was built with ARCH=um, such as /usr/bin/linux.uml';
    problems.push({ path: 'kernel', message: `'${kernel}' cannot be executed`, fix });
  }
  if (cpus !== 1) problems.push({ path: 'cpus', message: `User-Mode Linux has one CPU, not ${cpus}` });
  const reserved = OURS.filter((name) => words(cmdline).some((word) => word.startsWith(`${name}=`)));
  for (const name of reserved) problems.push({ path: 'cmdline', message: `${name} is set by the driver` });
  return problems;
}

/** The words of a kernel command line; each becomes an argument of the kernel's process. */
export function words(cmdline: string | null): readonly string[] {
  return (cmdline ?? '').split(/\s+/).filter((word) => word !== '');
}

/** What a command line must not say otherwise, because the driver could not find the VM then. */
const OURS = ['mem', 'initrd', 'con', 'con0', 'ssl', 'umid', 'uml_dir'];
