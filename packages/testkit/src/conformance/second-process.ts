import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { Lifetime, VmConfig } from '@vmrs/core';
import { within } from './expectations.ts';
import { SkippedError } from './skipped-error.ts';
import type { ConformanceSubject } from './subject.ts';
import type { World } from './world.ts';

/** Where `controller-program.ts` boots, and what. As its only argument, in JSON. */
export interface ControllerOrder {
  readonly module: string;
  readonly create: string;
  readonly stateDir: string;
  readonly runtimeDir: string;
  readonly guestMs: number;
  readonly config: VmConfig;
  readonly lifetime: Lifetime;
  /** Whether it lets go of the VM and then has nothing more to do, or waits to be killed. */
  readonly letsGo: boolean;
}

/** What `controller-program.ts` writes, as one line of JSON, when its guest is ready. */
export interface BootedElsewhere {
  readonly name: string;
  readonly ip: string;
}

/** What `import-program.ts` writes, as one line of JSON. */
export interface ImportReport {
  readonly exported: readonly string[];
  /** What the import changed in its process or in its working directory. */
  readonly sideEffects: readonly string[];
}

/** Boots a VM in another Node.js process, waits for its guest, and kills that process with SIGKILL. */
export async function bootInSecondProcess(
  world: World,
  config: VmConfig,
  lifetime: Lifetime = 'detached',
): Promise<BootedElsewhere> {
  const order = JSON.stringify(orderOf(world, { config, lifetime, letsGo: false }));
  return runProgram(world, '#controller-program', order, async (child) => {
    child.kill('SIGKILL');
  });
}

/** Boots a VM in another Node.js process, has its manager closed there, and waits for that process to end by itself. */
export async function letGoInSecondProcess(world: World, config: VmConfig): Promise<BootedElsewhere> {
  const order = JSON.stringify(orderOf(world, { config, lifetime: 'detached', letsGo: true }));
  return runProgram(world, '#controller-program', order, async (child) => {
    if (child.exitCode === null)
      await within(END_MS, once(child, 'exit'), 'the end of a controller that let go of its VM');
  });
}

/** Imports the subject's module in another Node.js process and looks at what that alone did. */
export function importReport(world: World, module: NonNullable<ConformanceSubject['module']>): Promise<ImportReport> {
  return runProgram(world, '#import-program', module.url.href, async (child) => {
    child.kill('SIGKILL');
  });
}

/** How long a process may take to end that has nothing to do. */
const END_MS = 5_000;

function orderOf(world: World, what: Pick<ControllerOrder, 'config' | 'lifetime' | 'letsGo'>): ControllerOrder {
  const { module } = world.subject;
  if (module === undefined) {
    throw new SkippedError({ missing: 'the subject names no module that a second process could import' });
  }
  const { stateDir, runtimeDir, guestMs } = world;
  return { module: module.url.href, create: module.create, stateDir, runtimeDir, guestMs, ...what };
}

/** Options of Node.js that decide how modules are found and loaded: a second process needs the same ones, and no others. */
const LOADING = ['-C', '--conditions', '-r', '--require', '--import', '--loader', '--experimental-loader'];

/** The loading options among `args`. Exported for its test. */
export function loadingOptions(args: readonly string[]): readonly string[] {
  return args.filter((arg, index) => {
    const [name = ''] = arg.split('=', 1);
    const previous = args[index - 1];
    return LOADING.includes(name) || (previous !== undefined && LOADING.includes(previous));
  });
}

/** Runs one of this package's programs until its first line, ends it with `end`, and returns the line, parsed. */
async function runProgram<T>(
  world: World,
  program: string,
  argument: string,
  end: (child: ChildProcess) => Promise<void>,
): Promise<T> {
  const path = createRequire(import.meta.url).resolve(program);
  const child = spawn(process.execPath, [...loadingOptions(process.execArgv), path, argument], {
    cwd: world.tempDir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const closed = once(child, 'close');
  const firstLine = Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line)),
    closed.then(() => {
      throw new Error(`the second process ended early: ${complaints.slice(-2_000)}`);
    }),
  ]);
  try {
    const line = await within(2 * world.guestMs, firstLine, 'the second process');
    await end(child);
    return JSON.parse(line) as T;
  } finally {
    child.kill('SIGKILL');
    await closed;
  }
}
