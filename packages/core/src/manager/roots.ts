import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Problem } from '../errors/index.ts';
import { defaultRuntimeDir, defaultStateDir, runtimeDirFor, socketPathProblem } from '../store/index.ts';
import { type FileSystem, systemFileSystem } from '../util/file-system.ts';
import { shown } from './check-options.ts';
import type { ManagerOptions } from './manager-options.ts';
import { invalidConfig } from './refusals.ts';

/** Where a manager keeps things, and what it writes them with. */
export interface Roots {
  /** Records, ledgers and logs: `<state>/<namespace>/<name>/`. */
  readonly state: string;
  /** Sockets: one short folder per VM. */
  readonly runtime: string;
  readonly fileSystem: FileSystem;
}

/** What `VmPaths.runtimeDir` promises to drivers, in bytes. */
const LONGEST_SOCKET_NAME = 24;

/** The given folders or the platform's. Throws `INVALID_CONFIG` for relative paths and for a runtime folder too long for sockets. */
export function resolveRoots(options: Pick<ManagerOptions, 'stateDir' | 'runtimeDir' | 'fileSystem'>): Roots {
  const wrong = (['stateDir', 'runtimeDir'] as const).flatMap((path): Problem[] => {
    const given: unknown = options[path];
    if (given === undefined || (typeof given === 'string' && isAbsolute(given))) return [];
    return [{ path, message: `must be an absolute path, got ${shown(given)}` }];
  });
  if (wrong.length > 0) throw invalidConfig(wrong);
  const state = options.stateDir ?? defaultStateDir(process.env, process.platform, homedir());
  const runtime = options.runtimeDir ?? defaultRuntimeDir(process.env, process.platform);
  const tooLong = socketPathProblem(join(runtimeDirFor(runtime, randomUUID()), 'x'.repeat(LONGEST_SOCKET_NAME)));
  if (tooLong !== null) {
    throw invalidConfig([{ path: 'runtimeDir', message: tooLong, fix: 'give a shorter runtimeDir' }]);
  }
  return { state, runtime, fileSystem: options.fileSystem ?? systemFileSystem };
}
