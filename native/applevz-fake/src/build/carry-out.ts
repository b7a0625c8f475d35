import { access, mkdir, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import type { Compiler } from './compiler.ts';
import type { Compilation, Plan } from './plan.ts';
import { run } from './run.ts';

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
}

async function compile({ source, flags, object }: Compilation, compiler: Compiler): Promise<void> {
  if (await exists(object)) return;
  await whole(object, (path) => run(compiler.path, [...flags, '-c', source, '-o', path]));
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
