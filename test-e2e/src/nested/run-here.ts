import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { VmManager } from '@vmrs/core';
import { cloudhv } from '@vmrs/driver-cloudhv';
import { qemu } from '@vmrs/driver-qemu';

const run = promisify(execFile);

/** A life that is lived on this machine. */
export interface Here {
  readonly command: readonly string[];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Its `LIFE_ROOT`. */
  readonly root: string;
  readonly timeoutMs: number;
  readonly onConsole: (chunk: Uint8Array) => void;
  readonly signal: AbortSignal;
}

/**
 * Has a life lived on this machine itself. It is killed when its time is over or when `signal` is aborted; whatever it leaves then, VMs and its network namespace, is ended before
 * this returns.
 */
export async function runHere({ command, env, root, timeoutMs, onConsole, signal }: Here): Promise<void> {
  signal.throwIfAborted();
  const [program = '', ...args] = command;
  // In a group of its own: Ctrl-C at the terminal is for whoever ends it and looks after what it leaves.
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const stop = (): void => void child.kill('SIGKILL');
  const late = setTimeout(stop, timeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  child.stdout.on('data', onConsole);
  try {
    await once(child, 'close');
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', stop);
    await endAll(root);
    await removeNamespace(`life${child.pid}`);
  }
}

async function endAll(root: string): Promise<void> {
  const folders = { stateDir: join(root, 's'), runtimeDir: join(root, 'r') };
  if (!(await exists(folders.stateDir))) return;
  const vms = await VmManager.open({ drivers: [qemu(), cloudhv()], ...folders, keep: 'never' });
  try {
    const { adopted } = await vms.adoptAll();
    for (const vm of adopted) await vm.kill();
    await vms.gc();
  } finally {
    await vms.close();
  }
}

async function removeNamespace(name: string): Promise<void> {
  if (await exists(join('/run/netns', name))) await run('ip', ['netns', 'delete', name]);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
