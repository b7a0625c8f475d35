import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Problem } from '../../errors/index.ts';
import { defaultRuntimeDir, defaultStateDir, runtimeDirFor, socketPathProblem } from '../../store/index.ts';
import { type FileSystem, systemFileSystem } from '../../util/file-system.ts';
import { invalidConfig } from '../refusals.ts';
import { shown } from './check-options.ts';
import type { ManagerOptions } from './manager-options.ts';

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

/**
 * The given folders or the platform's. Throws `INVALID_CONFIG` for relative paths, for a runtime folder too long for sockets, and for a user
 * without a home directory who gives no state directory.
 */
export function resolveRoots(options: Pick<ManagerOptions, 'stateDir' | 'runtimeDir' | 'fileSystem'>): Roots {
  const wrong = (['stateDir', 'runtimeDir'] as const).flatMap((path): Problem[] => {
    const given: unknown = options[path];
    if (given === undefined || (typeof given === 'string' && isAbsolute(given))) return [];
    return [{ path, message: `must be an absolute path, got ${shown(given)}` }];
  });
  if (wrong.length > 0) throw invalidConfig(wrong);
  const home = homeDirectory();
  const state = options.stateDir ?? defaultStateDir(process.env, process.platform, home ?? '');
  if (!isAbsolute(state)) {
    const message = 'this user has no home directory to keep it in';
    throw invalidConfig([{ path: 'stateDir', message, fix: 'give stateDir, or set VMRS_HOME' }]);
  }
  const beside = home === null ? join(state, '.run') : defaultRuntimeDir(process.env, process.platform, home);
  const runtime = options.runtimeDir ?? beside;
  const tooLong = socketPathProblem(join(runtimeDirFor(runtime, randomUUID()), 'x'.repeat(LONGEST_SOCKET_NAME)));
  if (tooLong !== null) {
    throw invalidConfig([{ path: 'runtimeDir', message: tooLong, fix: 'give a shorter runtimeDir' }]);
  }
  return { state, runtime, fileSystem: options.fileSystem ?? systemFileSystem };
}

/** Null for a user without one: `HOME` is not set or no absolute path, and the user is in no database, as in many containers. */
function homeDirectory(): string | null {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : null;
  } catch {
    return null; // The system's error says no more than that.
  }
}
