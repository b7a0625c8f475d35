import type { ChildProcess } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Lifetime, Logger, ProcessCommand, ProcessIdentity } from '../contract/index.ts';
import { VmError } from '../errors/index.ts';
import { errnoOf } from '../util/errno.ts';
import { assertExecutable, cannotStart } from './executable.ts';
import { TOKEN_VARIABLE } from './find-by-token.ts';
import { lookupProcess } from './identity.ts';
import { keeperCommand, parseBirth } from './keeper.ts';
import type { ProcessLookup } from './process-lookup.ts';

/** What a process gets besides its command. */
export interface SpawnOptions {
  /** Goes into its environment, by which the process can be found as long as nobody has written down who it is. */
  readonly token: string;
  /** File that receives stderr, and stdout unless the command names another; made with mode 0600 if it is not there. */
  readonly log: string;
  /** Where its keeper writes how it ended. */
  readonly exitFile: string;
  readonly lifetime: Lifetime;
  readonly logger: Logger;
}

/** A process of ours with its keeper. */
export interface SpawnedProcess {
  readonly identity: ProcessIdentity;
  readonly keeper: ProcessIdentity;
  /** Settles exactly once when the keeper has ended, and with it all that it kept; never rejects. Does not keep this process alive. */
  readonly keeperEnded: Promise<void>;
}

/**
 * Starts a program under a keeper, in a session of its own: no terminal, stdin closed, stdout and stderr appended to files and never a
 * pipe to us, so that it lives on when we are gone; or, `attached`, ends then. Resolves once it is identified and about to be executed; a process
 * that has already ended by then resolves too. Throws `HYPERVISOR` when it cannot be executed, `IO` for its files and when it cannot be
 * identified; whoever gave the token ends what may have been started by then.
 */
export async function spawnKept(command: ProcessCommand, options: SpawnOptions): Promise<SpawnedProcess> {
  const { lifetime, logger } = options;
  assertExecutable(command);
  const child = await startKeeper(command, options);
  const keeperEnded = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // The child cannot be reaped before the next turn of the event loop, so on Linux it is found here even if it has ended.
  const lookup = lookupProcess(child.pid);
  // The child's end of it is open for writing and reading, and so is ours, although Node.js calls it readable only.
  const socket = child.stderr as Socket;
  try {
    const keeper = identityIn(await lookup, child.pid);
    const identity = await programOf(await firstLine(socket), keeper);
    logger.debug({ event: 'process.spawned', role: command.role, pid: identity.pid }, 'process started');
    // While it is open, the keeper of an attached process knows that we are there.
    if (lifetime === 'attached') void keeperEnded.then(() => socket.destroy());
    else socket.destroy();
    return { identity, keeper, keeperEnded };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    // Neither keeps this process alive from here on.
    child.unref();
    socket.unref();
  }
}

type StartedChild = ChildProcess & { readonly pid: number };

async function startKeeper(command: ProcessCommand, options: SpawnOptions): Promise<StartedChild> {
  const { execa } = await import('execa');
  const { file, args } = keeperCommand(command, options);
  const log = openLog(options.log);
  let stdout = log;
  try {
    if (command.stdout !== undefined) stdout = openOutput(command.stdout);
    const subprocess = execa(file, args, {
      detached: true,
      // Its promise is not used beyond the start; it must neither reject unheard nor end the process at our exit.
      reject: false,
      cleanup: false,
      buffer: false,
      stdio: [inherited(stdout), inherited(log), 'pipe', ...(command.fds ?? []).map(inherited)],
      env: { ...command.env, [TOKEN_VARIABLE]: options.token },
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    });
    const { nodeChildProcess: child } = subprocess;
    if (child.pid === undefined) throw cannotStart(command, (await subprocess).cause);
    return child as StartedChild;
  } finally {
    closeSync(log);
    if (stdout !== log) closeSync(stdout);
  }
}

/** The types of execa know descriptors up to 9 only; it hands on any. */
function inherited(fd: number): 9 {
  return fd as 9;
}

const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;

function openLog(path: string): number {
  try {
    return openSync(path, APPEND | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw cannotOpen('log', path, errnoOf(error), error);
  }
}

/** A link is followed: the path may be the user's own. Not blocking, because opening a FIFO would wait for a reader. */
function openOutput(path: string): number {
  let fd: number;
  try {
    fd = openSync(path, APPEND | constants.O_NONBLOCK, 0o600);
  } catch (error) {
    throw cannotOpen('file for stdout', path, errnoOf(error), error);
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw cannotOpen('file for stdout', path, 'it is not a regular file');
}

function cannotOpen(what: string, path: string, why: string | undefined, cause?: unknown): VmError<'IO'> {
  return new VmError('IO', { detail: `${what} '${path}' cannot be opened (${why})`, details: { path }, cause });
}

/** What the keeper says first; empty when it ends without a word. The socket goes on being read, and what else it says is dropped. */
function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      if (text.includes('\n')) return;
      text += chunk.toString('latin1');
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    socket.once('close', () => resolve(''));
    // A keeper that is killed may reset the connection; 'close' follows.
    socket.on('error', () => socket.destroy());
  });
}

async function programOf(birth: string, keeper: ProcessIdentity): Promise<ProcessIdentity> {
  const born = parseBirth(birth);
  if (born === null) {
    const detail = `its keeper, process ${keeper.pid}, ended before the program was started; was it killed?`;
    throw new VmError('HYPERVISOR', { detail, details: { operation: 'spawn' } });
  }
  const { pid, startTime } = born;
  return startTime === null ? identityIn(await lookupProcess(pid), pid) : { ...keeper, pid, startTime };
}

function identityIn(found: ProcessLookup, pid: number): ProcessIdentity {
  switch (found.status) {
    case 'alive':
    case 'zombie':
      return found.identity;
    case 'gone':
      // Only where asking takes time (macOS). No process ever has an empty start time, so this matches none.
      return { pid, startTime: '', bootId: '', pidNamespace: '' };
    case 'unknown': {
      const detail = `process ${pid} was started but cannot be identified, and is ended again: ${found.reason}`;
      throw new VmError('IO', { detail, details: {}, cause: found.cause });
    }
  }
}
