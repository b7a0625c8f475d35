import { isAbsolute, join, resolve } from 'node:path';
import { hostArguments } from '../program.ts';
import { defaultCacheDir } from './cache-dir.ts';
import { type LayoutReader, readMachOLayout } from './executable-layout.ts';
import type { RuntimeFacts } from './node-facts.ts';
import type { PrepareStep } from './prepared-host.ts';
import { type PrepareTools, TOOLS } from './tools.ts';

/** What can be chosen about the preparation of a host. */
export interface PrepareHostOptions {
  /** Path of the Node.js to copy. Default: the one that runs this. */
  readonly node?: string;
  /** Folder below which it is kept. Default `$VMRS_CACHE`, else `~/Library/Caches/vmrs`. */
  readonly cacheDir?: string;
  /** Path of the addon that the copy is tried with. Default: the one that the driver finds by itself. */
  readonly addon?: string;
  /** Name of the VM for which it is wanted; in errors. */
  readonly vm?: string;
  readonly tools?: PrepareTools;
  /** Called after each step. */
  readonly onStep?: (step: PrepareStep) => void;
  /** Aborting it ends what runs and removes what was begun. */
  readonly signal?: AbortSignal;
}

/** What preparing takes from the system that it runs on; tests put their own in its place. */
export interface PrepareSeams {
  readonly platform?: NodeJS.Platform;
  readonly readLayout?: LayoutReader;
  /** Arguments that make a Node.js the host program. */
  readonly program?: readonly string[];
  readonly self?: RuntimeFacts;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds that a program may take: `codesign`, and the first start of a new executable, which macOS looks at. Default 120000. */
  readonly timeoutMs?: number;
}

/** {@link PrepareHostOptions} with the defaults filled in. */
export interface ResolvedPrepareOptions {
  readonly node: string;
  /** Holds one folder per key. */
  readonly parent: string;
  readonly addon: string | undefined;
  readonly vm: string | undefined;
  readonly tools: Required<PrepareTools>;
  readonly onStep: (step: PrepareStep) => void;
  readonly signal: AbortSignal | undefined;
  readonly platform: NodeJS.Platform;
  readonly readLayout: LayoutReader;
  readonly program: readonly string[];
  readonly self: RuntimeFacts;
  readonly timeoutMs: number;
}

const TIMEOUT_MS = 120_000;

/** Fills in the defaults. Throws `TypeError` for paths that are empty or, of tools, not absolute. */
export function resolvePrepareOptions(options: PrepareHostOptions, seams: PrepareSeams): ResolvedPrepareOptions {
  const { node, cacheDir, addon } = options;
  for (const [name, path] of Object.entries({ node, cacheDir, addon })) {
    if (path === '') throw new TypeError(`prepareHost: ${name} must not be empty`);
  }
  for (const [name, path] of Object.entries(options.tools ?? {})) {
    if (!isAbsolute(path)) throw new TypeError(`prepareHost: tools.${name} must be an absolute path`);
  }
  const { platform = process.platform, env = process.env, self = process } = seams;
  return {
    node: resolve(node ?? self.execPath),
    parent: join(resolve(cacheDir ?? defaultCacheDir(env, platform)), 'applevz-host'),
    addon: addon === undefined ? undefined : resolve(addon),
    vm: options.vm,
    tools: { ...TOOLS, ...options.tools },
    onStep: options.onStep ?? (() => undefined),
    signal: options.signal,
    platform,
    readLayout: seams.readLayout ?? readMachOLayout,
    program: seams.program ?? hostArguments([]),
    self,
    timeoutMs: seams.timeoutMs ?? TIMEOUT_MS,
  };
}
