import { createHash } from 'node:crypto';
import { homedir as systemHomedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { VmError } from '../errors/index.ts';
import { socketPathProblem } from './socket-path.ts';

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the files of one VM lie. */
export interface VmLayout {
  /** The VM's folder, `<state>/<namespace>/<name>`. */
  readonly stateDir: string;
  readonly recordFile: string;
  readonly ledgerFile: string;
  readonly eventsFile: string;
  readonly serialLog: string;
  readonly vmmLog: string;
  /** Beside the folder and not in it, so that it can be held while the folder is made or removed. Names of VMs never begin with a dot. */
  readonly lockFile: string;
}

/** What the longest socket path beneath a runtime root adds to it: a VM's folder and a file of up to 24 bytes. */
const LONGEST_BENEATH = `/${'0'.repeat(12)}/${'x'.repeat(24)}`;

/**
 * Where state is kept unless told otherwise: `$VMRS_HOME`; else on Linux `$XDG_STATE_HOME/vmrs` or `~/.local/state/vmrs`, on macOS
 * `~/Library/Application Support/vmrs`, on Windows `%LOCALAPPDATA%\vmrs`. Throws `INVALID_CONFIG` for a relative `VMRS_HOME`.
 */
export function defaultStateDir(env: Environment, platform: NodeJS.Platform, homedir: string): string {
  const home = env['VMRS_HOME'];
  if (home !== undefined && home !== '') return absoluteHome(home);
  switch (platform) {
    case 'darwin':
      return join(homedir, 'Library', 'Application Support', 'vmrs');
    case 'win32':
      return join(env['LOCALAPPDATA'] ?? join(homedir, 'AppData', 'Local'), 'vmrs');
    default: {
      // The XDG base directory specification: a relative path is to be ignored.
      const xdg = env['XDG_STATE_HOME'];
      return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir, '.local', 'state'), 'vmrs');
    }
  }
}

/**
 * Where sockets are kept unless told otherwise: in `.run` in the default state directory, else, where that would make socket
 * paths too long, in `/tmp/vmrs-<uid>`. Not in `$XDG_RUNTIME_DIR`: that is emptied when the user logs out, and VMs live on.
 */
export function defaultRuntimeDir(
  env: Environment,
  platform: NodeJS.Platform,
  homedir: string = systemHomedir(),
): string {
  const beside = join(defaultStateDir(env, platform, homedir), '.run');
  if (socketPathProblem(`${beside}${LONGEST_BENEATH}`, platform) === null) return beside;
  return `/tmp/vmrs-${process.getuid?.() ?? 'user'}`;
}

/** Where the files of a VM lie. Namespace and name are validated ones. */
export function vmLayout(stateRoot: string, namespace: string, name: string): VmLayout {
  const stateDir = join(stateRoot, namespace, name);
  return {
    stateDir,
    recordFile: join(stateDir, 'record.json'),
    ledgerFile: join(stateDir, 'ledger.jsonl'),
    eventsFile: join(stateDir, 'events.jsonl'),
    serialLog: join(stateDir, 'serial.log'),
    vmmLog: join(stateDir, 'vmm.log'),
    lockFile: join(stateRoot, namespace, `.${name}.lock`),
  };
}

/** The folder for one VM's sockets: twelve characters beneath the root, derived from the instance id. */
export function runtimeDirFor(runtimeRoot: string, instanceId: string): string {
  return join(runtimeRoot, createHash('sha256').update(instanceId).digest('hex').slice(0, 12));
}

function absoluteHome(home: string): string {
  if (isAbsolute(home)) return home;
  const problem = { path: 'VMRS_HOME', message: `must be an absolute path, got '${home}'` };
  throw new VmError('INVALID_CONFIG', {
    detail: `${problem.path}: ${problem.message}`,
    details: { problems: [problem] },
  });
}
