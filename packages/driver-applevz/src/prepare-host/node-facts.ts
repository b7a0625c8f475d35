import { realpath, stat } from 'node:fs/promises';
import type { Problem } from '@vmrs/core/driver';
import { isExecutable } from '@vmrs/driver-kit';
import type { ExecutableLayout, LayoutReader } from './executable-layout.ts';
import { foreignByContents, foreignByName, foreignByVersions, NAME_A_NODE } from './foreign-runtime.ts';
import { MachOError } from './mach-o/mach-o-error.ts';
import { preparationError } from './preparation-error.ts';
import { describeEnd, runProgram } from './run-program.ts';

/** A Node.js that can be copied. */
export interface NodeFacts {
  /** Its real path. */
  readonly executable: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** Such as `24.1.0`. */
  readonly version: string;
  readonly arch: string;
}

/** What a JavaScript runtime says of itself; the part of `process` that is asked. */
export interface RuntimeFacts {
  readonly execPath: string;
  readonly arch: string;
  readonly versions: Readonly<Record<string, string | undefined>>;
}

/** How a Node.js is looked at. */
export interface InspectNodeOptions {
  /** This process: what it is need not be asked. */
  readonly self: RuntimeFacts;
  readonly readLayout: LayoutReader;
  readonly vm?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The first Node.js that runs the host program. */
const OLDEST: readonly [major: number, minor: number] = [22, 18];
const ASK_TIMEOUT_MS = 30_000;
const QUESTION =
  'JSON.stringify({ execPath: process.execPath, arch: process.arch, versions: Object.assign({}, process.versions) })';

/**
 * Finds out what Node.js `node` is: a launcher that version managers put into `PATH` is followed to the Node.js that it starts. Throws `PREFLIGHT_FAILED` when it is none,
 * is too old, or cannot live as a copy: Electron, Bun, Deno.
 */
export async function inspectNode(node: string, options: InspectNodeOptions): Promise<NodeFacts> {
  const real = await resolveProgram(node, options);
  const runtime = await runtimeOf(node, real, options);
  refuse(foreignByVersions(real, runtime.versions), options);
  const executable = await resolveProgram(runtime.execPath, options);
  const version = runtime.versions['node'] ?? '';
  refuseOldNode(executable, version, options);
  const { size, mtimeMs } = await stat(executable);
  return { executable, size, mtimeMs, version, arch: runtime.arch };
}

async function resolveProgram(path: string, { vm }: InspectNodeOptions): Promise<string> {
  try {
    const real = await realpath(path);
    if (await isExecutable(real)) return real;
  } catch (cause) {
    throw preparationError({ path: 'hostNode', message: `there is no '${path}'`, fix: NAME_A_NODE }, { vm, cause });
  }
  throw preparationError(
    { path: 'hostNode', message: `'${path}' is not an executable file`, fix: NAME_A_NODE },
    { vm },
  );
}

async function runtimeOf(given: string, executable: string, options: InspectNodeOptions): Promise<RuntimeFacts> {
  const { self } = options;
  // All of this before it is run: an Electron would open a window, and an app would do what it does.
  for (const path of [given, executable]) refuse(foreignByName(path), options);
  for (const arch of ['arm64', 'x64']) {
    const layout = await layoutOf(executable, arch, options);
    if (layout !== null) refuse(foreignByContents(executable, layout), options);
  }
  if (executable === (await realpath(self.execPath))) return self;
  // By the path that was given: a launcher may be one program with many names, that goes by the one it is called by.
  return ask(given, options);
}

async function layoutOf(
  executable: string,
  arch: string,
  { readLayout }: InspectNodeOptions,
): Promise<ExecutableLayout | null> {
  try {
    return await readLayout(executable, arch);
  } catch (error) {
    // A launcher may be a script. It is asked what it starts; that is read again.
    if (error instanceof MachOError) return null;
    throw error;
  }
}

async function ask(executable: string, { vm, signal }: InspectNodeOptions): Promise<RuntimeFacts> {
  const env: NodeJS.ProcessEnv = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  delete env['NODE_OPTIONS'];
  const end = await runProgram(executable, ['-p', QUESTION], { timeoutMs: ASK_TIMEOUT_MS, env, signal });
  const answer = end.kind === 'ended' && end.code === 0 ? parseRuntime(end.stdout) : null;
  if (answer !== null) return answer;
  const words =
    end.kind === 'ended' && end.code === 0 ? `answers: ${end.stdout.trim().slice(0, 200)}` : describeEnd(end);
  const message = `'${executable}' does not answer as a Node.js does; it ${words}`;
  throw preparationError({ path: 'hostNode', message, fix: NAME_A_NODE }, { vm });
}

function parseRuntime(text: string): RuntimeFacts | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRuntime(value) ? value : null;
  } catch {
    return null;
  }
}

function isRuntime(value: unknown): value is RuntimeFacts {
  if (typeof value !== 'object' || value === null) return false;
  if (!('execPath' in value && 'arch' in value && 'versions' in value)) return false;
  const { execPath, arch, versions } = value;
  return typeof execPath === 'string' && typeof arch === 'string' && typeof versions === 'object' && versions !== null;
}

function refuse(found: Problem | null, { vm }: InspectNodeOptions): void {
  if (found !== null) throw preparationError(found, { vm });
}

function refuseOldNode(executable: string, version: string, { vm }: InspectNodeOptions): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  const message = `'${executable}' is Node.js ${version || 'of no version'}; the host program needs ${OLDEST.join('.')} or later`;
  throw preparationError({ path: 'hostNode', message, fix: 'name a newer one with the option hostNode' }, { vm });
}
