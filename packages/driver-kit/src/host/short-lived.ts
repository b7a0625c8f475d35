import { type ChildProcess, spawn } from 'node:child_process';
import { deferred } from '@vmrs/core/driver';
import { messageOf } from '../errors.ts';

/**
 * Becomes the program beside a watcher that ends both when the other end of descriptor 3 is closed: a hypervisor does not end by itself when
 * whoever asked it is killed. Fixed text; the program and its arguments are its parameters. The watcher alone keeps descriptor 4, whose end tells that it is gone too.
 */
const WATCHED = '(read -r _; kill -s KILL 0) <&3 >/dev/null 2>&1 & exec "$@" 3<&- 4>&-';

/** As much of what a program wrote as is kept. */
const MAX_OUTPUT = 64 * 1024;

/** A program that ends when the block that runs it is left, or this process has ended, however. */
export interface ShortLived extends AsyncDisposable {
  readonly child: ChildProcess;
  /** What it has written to stderr so far. */
  said(): string;
  /** Settles when it has ended or could not be started; never rejects. */
  readonly ended: Promise<void>;
  /** Ends it and resolves when it is gone. */
  end(): Promise<void>;
}

/** Starts a program that is ended at the latest when the returned handle is disposed. `cwd`: its working directory. */
export function startShortLived(binary: string, args: readonly string[], cwd?: string): ShortLived {
  const child = spawn('/bin/sh', ['-c', WATCHED, 'vmrs-watched', binary, ...args], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    // A group of its own, which the watcher ends.
    detached: true,
  });
  const letGo = (): void => void child.stdio[3]?.destroy();
  child.once('exit', letGo);
  child.stdio[3]?.on('error', letGo);
  // Nothing comes; it is read to its end, which the end of all waits for.
  const watcher = child.stdio[4];
  if (watcher !== undefined && watcher !== null && 'resume' in watcher) watcher.resume();
  const ended = deferred<void>();
  let said = '';
  child.once('error', (error) => {
    said += messageOf(error);
    ended.resolve();
  });
  child.once('close', () => ended.resolve());
  // It may end before it has read what is written to it; its end is what counts.
  child.stdin.on('error', () => undefined);
  child.stderr.on('data', (bytes: Buffer) => {
    if (said.length < MAX_OUTPUT) said += bytes.toString('utf8');
  });
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended.promise;
  };
  return {
    child,
    said: () => said.trim(),
    ended: ended.promise,
    end,
    [Symbol.asyncDispose]: end,
  };
}
