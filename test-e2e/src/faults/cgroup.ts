import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a memory controller may be had, with the name of its limit: cgroup v2, then v1. */
const HIERARCHIES = [
  { root: '/sys/fs/cgroup', sign: 'cgroup.subtree_control', limit: 'memory.max' },
  { root: '/sys/fs/cgroup/memory', sign: 'memory.limit_in_bytes', limit: 'memory.limit_in_bytes' },
] as const;

/** A control group with little memory. Disposing it removes it; it must be empty by then. */
export interface SmallGroup extends AsyncDisposable {
  /** Puts a process into it. */
  add(pid: number): Promise<void>;
}

/** Makes a control group whose processes get `bytes` of memory and no swap. Null where there is no memory controller to be had. */
export async function smallGroup(bytes: number): Promise<SmallGroup | null> {
  for (const { root, sign, limit } of HIERARCHIES) {
    if (!existsSync(join(root, sign))) continue;
    const folder = join(root, `vmrs-test-${process.pid}`);
    try {
      if (limit === 'memory.max') await delegateMemory(root);
      await mkdir(folder);
      await writeFile(join(folder, limit), String(bytes));
      // Not every kernel counts swap.
      if (limit === 'memory.max') await writeFile(join(folder, 'memory.swap.max'), '0').catch(() => undefined);
    } catch {
      await rmdir(folder).catch(() => undefined);
      continue;
    }
    return {
      add: (pid) => writeFile(join(folder, 'cgroup.procs'), String(pid)),
      [Symbol.asyncDispose]: () => rmdir(folder),
    };
  }
  return null;
}

async function delegateMemory(root: string): Promise<void> {
  const controllers = await readFile(join(root, 'cgroup.controllers'), 'utf8');
  if (!controllers.split(/\s/).includes('memory')) throw new Error('the memory controller is not in this hierarchy');
  await writeFile(join(root, 'cgroup.subtree_control'), '+memory');
}
