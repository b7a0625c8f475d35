import { access, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { Compiler } from './compiler.ts';
import { BUILD } from './places.ts';
import type { Compilation, Plan } from './plan.ts';
import { run } from './run.ts';

/** What no build has asked for in so many days is removed. */
const KEPT_DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Compiles what is not there yet and links it. What appears under its final name is whole. Rejects with the compiler's words. */
export async function carryOut(plan: Plan, compiler: Compiler): Promise<void> {
  if (await exists(plan.addon)) return;
  const left = [...plan.compilations];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await compile(next, compiler);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const objects = plan.compilations.map(({ object }) => object);
  await whole(plan.addon, (path) => run(compiler.path, [...objects, ...plan.linkFlags, '-o', path]));
  await removeOld();
}

async function compile({ source, flags, object }: Compilation, compiler: Compiler): Promise<void> {
  if (await exists(object)) {
    const now = new Date();
    return utimes(object, now, now);
  }
  await whole(object, (path) => run(compiler.path, [...flags, '-c', source, '-o', path]));
}

/** Objects that were not used for some days. Addons stay: they are few, and small. */
async function removeOld(): Promise<void> {
  const folder = join(BUILD, 'objects');
  const oldest = Date.now() - KEPT_DAYS * DAY_MS;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if ((await stat(path)).mtimeMs < oldest) await rm(path);
  }
}

async function whole(path: string, make: (temporary: string) => Promise<unknown>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  try {
    await make(temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
