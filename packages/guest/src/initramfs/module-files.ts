import type { OrderedModule } from '../kernel/module-order.ts';

/** `modules.dep`: for each module the ones it needs, the first to load last. */
export function modulesDep(modules: readonly OrderedModule[]): string {
  const paths = new Map(modules.map(({ name, path }) => [name, path]));
  return lines(
    modules.map(({ path, before }) => {
      const needed = before.map((name) => paths.get(name) ?? name).reverse();
      return `${path}:${needed.map((dependency) => ` ${dependency}`).join('')}`;
    }),
  );
}

/** `modules.alias`: which module serves which device, file system or protocol. */
export function modulesAlias(modules: readonly OrderedModule[]): string {
  return lines(modules.flatMap(({ name, aliases }) => aliases.map((alias) => `alias ${alias} ${name}`)));
}

function lines(entries: readonly string[]): string {
  return entries.map((entry) => `${entry}\n`).join('');
}
