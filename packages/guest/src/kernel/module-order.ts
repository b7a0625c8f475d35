import { GuestError } from '../errors/guest-error.ts';
import { readModuleInfo } from './modinfo.ts';
import type { ModuleTree } from './module-tree.ts';
import { moduleName } from './module-tree.ts';

/** A module that goes into the guest. */
export interface OrderedModule {
  readonly name: string;
  /** Path below `lib/modules/<release>/`. */
  readonly path: string;
  readonly body: Buffer;
  /** All modules that must be loaded before this one, directly or not, in the order in which to load them. */
  readonly before: readonly string[];
  readonly aliases: readonly string[];
}

/** The closure of the wanted modules. */
export interface ModuleOrder {
  /** Each module after everything that it depends on. */
  readonly modules: readonly OrderedModule[];
  /** Wanted modules that the kernel has built in. */
  readonly builtin: readonly string[];
  /** Wanted modules that this kernel does not have at all. */
  readonly absent: readonly string[];
}

/**
 * Orders modules so that each comes after its dependencies. Dependencies are read from the modules themselves
 * (`depends` and `softdep: pre`), because a kernel package carries no `modules.dep`: depmod makes it at installation.
 *
 * @param wanted module names; those that are built in or that the kernel lacks are reported, not refused
 * @throws `NOT_FOUND` when a module that another one depends on is missing; `BAD_FORMAT`
 */
export async function orderModules(tree: ModuleTree, wanted: readonly string[]): Promise<ModuleOrder> {
  const done = new Map<string, OrderedModule>();
  const underWay = new Set<string>();
  const builtin: string[] = [];
  const absent: string[] = [];

  const visit = async (name: string): Promise<void> => {
    if (done.has(name)) return;
    if (underWay.has(name)) throw new GuestError('BAD_FORMAT', `kernel ${tree.release}: "${name}" depends on itself`);
    underWay.add(name);
    const body = await tree.read(name);
    const info = readModuleInfo(body, name);
    const before = new Set<string>();
    const needed = info.depends.map(moduleName).filter((dependency) => !tree.builtin.has(dependency));
    const liked = info.softDependsBefore.map(moduleName).filter((dependency) => tree.names.has(dependency));
    for (const dependency of [...needed, ...liked]) {
      await visit(dependency);
      for (const earlier of done.get(dependency)?.before ?? []) before.add(earlier);
      before.add(dependency);
    }
    underWay.delete(name);
    done.set(name, { name, path: tree.pathOf(name), body, before: [...before], aliases: info.aliases });
  };

  for (const name of wanted.map(moduleName)) {
    if (tree.names.has(name)) await visit(name);
    else if (tree.builtin.has(name)) builtin.push(name);
    else absent.push(name);
  }
  return { modules: [...done.values()], builtin, absent };
}
