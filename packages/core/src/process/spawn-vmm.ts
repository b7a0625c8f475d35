import type { ChildProcess } from 'node:child_process';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import type { Logger, ProcessCommand, ProcessExit, ProcessIdentity } from '../contract/index.ts';
import { VmError } from '../errors/index.ts';
import { errnoOf } from '../util/errno.ts';
import { TOKEN_VARIABLE } from './find-by-token.ts';
import { lookupProcess } from './identity.ts';

/** What a process gets besides its command. */
export interface SpawnOptions {
  /** Goes into its environment, by which the process can be found as long as nobody has written down who it is. */
  readonly token: string;
  /** File that receives stdout and stderr; made with mode 0600 if it is not there. */
  readonly log: string;
  readonly logger: Logger;
}

/** A process of ours that outlives us. */
export interface SpawnedProcess {
  readonly identity: ProcessIdentity;
  /** Settles exactly once; never rejects. Does not keep this process alive; see {@link SpawnedProcess.hold}. */
  readonly exited: Promise<ProcessExit>;
  /** Keeps this process alive until the other has exited, for somebody who waits for that. Returns what lets go again. */
  hold(): () => void;
}

/**
 * Starts a program in a session of its own: no terminal, stdin closed, stdout and stderr appended to a file and never a pipe
 * to us, so that it lives on when we are gone. Resolves once it was executed and is identified; a process that has already
 * ended by then resolves too. Throws `HYPERVISOR` when it cannot be executed, `IO` for its log and when it cannot be identified.
 */
export async function spawnDetached(command: ProcessCommand, options: SpawnOptions): Promise<SpawnedProcess> {
  const { execa } = await import('execa');
  const output = openLog(options.log);
  let started: Started;
  try {
    const subprocess = execa(command.file, command.args, {
      detached: true,
      // Its promise is not used beyond the start; it must neither reject unheard nor end the process at our exit.
      reject: false,
      cleanup: false,
      buffer: false,
      stdio: ['ignore', inherited(output), inherited(output), ...(command.fds ?? []).map(inherited)],
      env: { ...command.env, [TOKEN_VARIABLE]: options.token },
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    });
    started = { child: subprocess.nodeChildProcess, outcome: subprocess };
  } finally {
    closeSync(output);
  }
  const { child } = started;
  if (child.pid === undefined) throw cannotStart(command, (await started.outcome).cause);
  const spawned = { exited: exitOf(child), hold: holder(child) };
  // The child cannot be reaped before the next turn of the event loop, so on Linux it is found here even if it has ended.
  const identity = await identify(child.pid, child, spawned.exited);
  options.logger.debug({ event: 'process.spawned', role: command.role, pid: child.pid }, 'process started');
  return { identity, ...spawned };
}

interface Started {
  readonly child: ChildProcess;
  readonly outcome: PromiseLike<{ readonly cause?: unknown }>;
}

/** The types of execa know descriptors up to 9 only; it hands on any. */
function inherited(fd: number): 9 {
  return fd as 9;
}

function openLog(path: string): number {
  try {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
    return openSync(path, flags, 0o600);
  } catch (error) {
    const detail = `log '${path}' cannot be opened (${errnoOf(error)})`;
    throw new VmError('IO', { detail, details: { path }, cause: error });
  }
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, known: true }));
  });
}

function holder(child: ChildProcess): () => () => void {
  let holds = 0;
  child.unref();
  return () => {
    let held = true;
    holds += 1;
    child.ref();
    return () => {
      if (!held) return;
      held = false;
      holds -= 1;
      if (holds === 0) child.unref();
    };
  };
}

async function identify(pid: number, child: ChildProcess, exited: Promise<ProcessExit>): Promise<ProcessIdentity> {
  const found = await lookupProcess(pid);
  switch (found.status) {
    case 'alive':
    case 'zombie':
      return found.identity;
    case 'gone':
      // macOS only, where asking takes time. No process ever has an empty start time, so this matches none.
      return { pid, startTime: '', bootId: '', pidNamespace: '' };
    case 'unknown': {
      // A child that has not been reaped keeps its pid, so this reaches no stranger.
      child.kill('SIGKILL');
      await exited;
      const detail = `process ${pid} was started but cannot be identified, and was ended again: ${found.reason}`;
      throw new VmError('IO', { detail, details: {}, cause: found.cause });
    }
  }
}

function cannotStart(command: ProcessCommand, cause: unknown): VmError<'HYPERVISOR'> {
  const native = cause instanceof Error ? cause.message : String(cause);
  const detail = `'${command.file}' cannot be started: ${whyNot(command, errnoOf(cause) ?? native)}`;
  return new VmError('HYPERVISOR', { detail, details: { operation: 'spawn', native }, cause });
}

function whyNot({ file, cwd }: ProcessCommand, code: string): string {
  switch (code) {
    case 'ENOENT':
      if (cwd !== undefined && !existsSync(cwd)) return `its working directory '${cwd}' does not exist`;
      if (existsSync(file))
        return 'the program exists, but its interpreter or loader does not; install the right build';
      return 'there is no such file; install it or correct the path';
    case 'EACCES':
      return 'it is not an executable file for this user; check its mode and those of its folders';
    case 'ENOEXEC':
      return 'it is no program for this system; install the build for this processor';
    case 'EAGAIN':
    case 'ENOMEM':
    case 'EMFILE':
    case 'ENFILE':
      return `this host has no more processes, memory or open files to give (${code}); raise the limit or end something`;
    default:
      return code;
  }
}
