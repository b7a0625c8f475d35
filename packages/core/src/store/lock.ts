import { randomUUID } from 'node:crypto';
import { readlink } from 'node:fs/promises';
import type { ProcessIdentity } from '../contract/index.ts';
import { VmError } from '../errors/index.ts';
import { checkIdentity, isProcessIdentity, sameProcess, selfIdentity } from '../process/identity.ts';
import { errnoOf, ignoreErrno } from '../util/errno.ts';
import type { FileSystem } from '../util/file-system.ts';
import { ioError } from './io-error.ts';

// A lock is a symbolic link that leads nowhere; its target is its content, as in the locks of Emacs and Firefox.
// symlink(2) makes name and content in one step and fails when the name is taken, so no other process ever sees a lock
// half written, no crash leaves a temporary file, and there is nothing to sync.

/** A name held by this process. */
export interface Lock {
  /** Gives it back. May be called again, also after a failure. Throws `IO`. */
  release(): Promise<void>;
}

/** What a lock says: who holds it, and which of the locks under this name it is. */
interface LockContent {
  readonly holder: ProcessIdentity;
  readonly token: string;
}

/** How often the name may be given back by others between our failure to take it and our look at who has it. */
const MOST_ATTEMPTS = 10;

/**
 * Takes a name for this process, exclusively on this host. The lock of a holder that is gone, known by its identity and never by
 * age, is taken over; of any number of processes that try, one gets it. Throws `ALREADY_EXISTS` with the holder's pid when it
 * lives (also when that is this process), or when it cannot be told; `IO` when the lock cannot be made.
 */
export async function acquireLock(file: string, what: { readonly vm: string }, fileSystem: FileSystem): Promise<Lock> {
  const content: LockContent = { holder: await selfIdentity(), token: randomUUID() };
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    if (await make(file, content, fileSystem)) return new HeldLock(file, content, fileSystem);
    const found = await read(file, what.vm);
    if (found === null) continue;
    await assertHolderGone(file, found, content.holder, what.vm);
    await removeStale(file, found, what, fileSystem);
  }
  throw taken(what.vm, `other processes keep taking '${file}'; try again`);
}

class HeldLock implements Lock {
  readonly #file: string;
  readonly #content: LockContent;
  readonly #fileSystem: FileSystem;
  #released: Promise<void> | null = null;

  constructor(file: string, content: LockContent, fileSystem: FileSystem) {
    this.#file = file;
    this.#content = content;
    this.#fileSystem = fileSystem;
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    try {
      // What this process does not give back nobody can take over while it lives, so a failure that passes must not count.
      await this.#remove().catch(() => this.#remove());
    } catch (error) {
      this.#released = null;
      throw ioError('releasing lock', this.#file, error);
    }
  }

  async #remove(): Promise<void> {
    // Somebody may have removed it by hand and another process have taken the name since.
    const target = await ignoreErrno(readlink(this.#file), 'ENOENT', 'EINVAL');
    if (target === JSON.stringify(this.#content)) await this.#fileSystem.unlink(this.#file);
  }
}

/** Makes the lock; false when the name is taken. */
async function make(file: string, content: LockContent, fileSystem: FileSystem): Promise<boolean> {
  try {
    await fileSystem.symlink(JSON.stringify(content), file);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw ioError('making lock', file, error);
  }
}

/** Who holds a lock; null when nobody does, or when it does not say. Throws the system's error when it cannot be read. */
export async function lockHolder(file: string): Promise<ProcessIdentity | null> {
  const target = await ignoreErrno(readlink(file), 'ENOENT', 'EINVAL');
  return target === undefined ? null : (parse(target)?.holder ?? null);
}

/** Who is working on a name, as far as it can be told. */
export interface Holder {
  readonly identity: ProcessIdentity;
  /** Why it cannot be told whether it still lives; null when it does. */
  readonly doubt: string | null;
}

/**
 * Who holds a lock, or is taking it over from a process that is gone; null when nobody does. A holder counts unless it is gone for certain.
 * Throws the system's error when the lock cannot be read.
 */
export async function workerOn(file: string): Promise<Holder | null> {
  return (await livingHolder(file)) ?? livingHolder(takeoverOf(file));
}

async function livingHolder(file: string): Promise<Holder | null> {
  const identity = await lockHolder(file);
  if (identity === null) return null;
  const life = await checkIdentity(identity);
  if (life === 'gone') return null;
  return { identity, doubt: life === 'alive' ? null : life.unknown };
}

/** The second lock that is held while a stale one is removed. */
function takeoverOf(file: string): string {
  return `${file}.takeover`;
}

/** What the lock says; null when it is not there any more. */
async function read(file: string, vm: string): Promise<LockContent | null> {
  let target: string | undefined;
  try {
    target = await ignoreErrno(readlink(file), 'ENOENT');
  } catch (error) {
    throw taken(
      vm,
      `its lock '${file}' cannot be read (${errnoOf(error)}); remove it if no controller is at work`,
      error,
    );
  }
  if (target === undefined) return null;
  const content = parse(target);
  if (content !== null) return content;
  throw taken(vm, `its lock '${file}' does not say who holds it; remove it if no controller is at work`);
}

function parse(text: string): LockContent | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('holder' in value) || !('token' in value)) return null;
    const { holder, token } = value;
    return isProcessIdentity(holder) && typeof token === 'string' ? { holder, token } : null;
  } catch {
    return null;
  }
}

async function assertHolderGone(file: string, found: LockContent, self: ProcessIdentity, vm: string): Promise<void> {
  const { holder } = found;
  if (sameProcess(holder, self)) throw taken(vm, 'this process is already working on it', undefined, holder.pid);
  const life = await checkIdentity(holder);
  if (life === 'gone') return;
  if (life === 'alive') throw taken(vm, `process ${holder.pid} is working on it`, undefined, holder.pid);
  const hint = `remove '${file}' if that process is gone`;
  throw taken(vm, `whether its holder still lives cannot be told: ${life.unknown}; ${hint}`, undefined, holder.pid);
}

/**
 * Removes the lock of a dead holder. Two processes must not do that at the same time: the slower one would remove the lock that
 * the faster one has just made. Hence a second lock, of the same kind, around the second look and the removal; if its holder
 * dies in between, it is taken over in the same way.
 */
async function removeStale(
  file: string,
  stale: LockContent,
  what: { readonly vm: string },
  fileSystem: FileSystem,
): Promise<void> {
  const takeover = await acquireLock(takeoverOf(file), what, fileSystem);
  try {
    const now = await read(file, what.vm);
    if (now?.token === stale.token) await fileSystem.unlink(file);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw ioError('removing the lock of a dead process', file, error);
  } finally {
    await takeover.release();
  }
}

function taken(vm: string, detail: string, cause?: unknown, ownerPid?: number): VmError<'ALREADY_EXISTS'> {
  const details = ownerPid === undefined ? { state: 'locked' } : { state: 'locked', ownerPid };
  return new VmError('ALREADY_EXISTS', { vm, detail, details, cause });
}
