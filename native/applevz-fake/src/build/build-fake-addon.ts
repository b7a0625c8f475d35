import { access, copyFile, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findObjFw } from '../objfw/objfw.ts';
import { findCompiler } from './compiler.ts';
import { ADDON_SOURCES, BUILD } from './places.ts';
import { makePlan, type Plan } from './plan.ts';
import { run } from './run.ts';
import { FakeAddonUnavailableError, type UnavailableReason } from './unavailable-error.ts';

/** What differs between builds. */
export interface BuildOptions {
  /** With AddressSanitizer and UndefinedBehaviorSanitizer; the process that loads it needs `sanitizerEnvironment`. Default: without. */
  readonly sanitize?: boolean;
  /** Folder of the addon's sources, such as a copy with a mistake in it. Default: those of `@vmrs/applevz-addon`. */
  readonly sources?: string;
  /** Where to put a copy of the addon too; that path is returned then. Default: nowhere. */
  readonly out?: string;
}

/** Exit codes by which the program that builds tells why it cannot. */
export const UNAVAILABLE_EXIT = 3;

const PROGRAM: string = fileURLToPath(new URL('build-program.ts', import.meta.url));

/**
 * Builds the addon with the double in place of Apple's frameworks, and returns the path of the `.node`. Brings ObjFW from Debian when it is called for the first time. What is
 * built is kept by the hash of all that goes into it, so a call that finds nothing changed takes some milliseconds; of several at the same time, in whatever processes, one builds.
 * Rejects with {@link FakeAddonUnavailableError} when this host lacks something, and with the compiler's words when the sources are wrong.
 */
export async function buildFakeAddon(options: BuildOptions = {}): Promise<string> {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new FakeAddonUnavailableError('platform', `the double runs on Linux, not on ${process.platform}`);
  }
  const sanitize = options.sanitize ?? false;
  const sources = options.sources ?? ADDON_SOURCES;
  const compiler = await findCompiler();
  if (sanitize && compiler.asanRuntime === null) {
    throw new FakeAddonUnavailableError('no-sanitizers', 'sanitizers: run "apt-get install libclang-rt-19-dev"');
  }
  const finished = await findFinished(compiler, { sanitize, sources });
  const addon = finished ?? (await buildInTurn({ sanitize, sources }));
  return options.out === undefined ? addon : copyTo(addon, options.out);
}

async function findFinished(
  compiler: Awaited<ReturnType<typeof findCompiler>>,
  options: { sanitize: boolean; sources: string },
): Promise<string | null> {
  const objFw = await findObjFw();
  if (objFw === null) return null;
  const plan: Plan = await makePlan(compiler, objFw, options);
  return access(plan.addon).then(
    () => plan.addon,
    () => null,
  );
}

/** The kernel's own lock: it goes with the process that has it, whatever ends that. */
async function buildInTurn(options: { sanitize: boolean; sources: string }): Promise<string> {
  await mkdir(BUILD, { recursive: true });
  const program = [process.execPath, '--conditions=@vmrs/source', PROGRAM];
  const output = await run('flock', [join(BUILD, 'lock'), ...program, JSON.stringify(options)]).catch(
    (error: unknown) => {
      throw unavailableIn(error) ?? error;
    },
  );
  return output.trim();
}

function unavailableIn(error: unknown): FakeAddonUnavailableError | null {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error) || !('code' in cause) || cause.code !== UNAVAILABLE_EXIT || !('stdout' in cause)) {
    return null;
  }
  const told = JSON.parse(String(cause.stdout)) as { readonly reason: UnavailableReason; readonly message: string };
  return new FakeAddonUnavailableError(told.reason, told.message, { cause });
}

async function copyTo(addon: string, out: string): Promise<string> {
  await mkdir(dirname(out), { recursive: true });
  const temporary = `${out}.${process.pid}`;
  await copyFile(addon, temporary);
  await rename(temporary, out);
  return out;
}
