import { readFile } from 'node:fs/promises';
import type { Resource } from '../contract/index.ts';
import { VmError } from '../errors/index.ts';
import { ioError } from '../store/io-error.ts';
import { ignoreErrno } from '../util/errno.ts';
import { type FileSystem, systemFileSystem } from '../util/file-system.ts';
import { AppendFile } from './append-file.ts';
import { formatLedgerLine, type LedgerLine, parseLedgerLine } from './ledger-line.ts';

/** A resource that was, or was about to be, made and is not undone yet. */
export interface LedgerEntry {
  readonly id: number;
  /** As last written. */
  readonly resource: Resource;
}

/** The list, on disk, of everything that was made for one VM. */
export interface Ledger {
  /** Writes that `resource` is about to be made; resolves when that survives this process. Throws `IO`; then it must not be made. */
  acquire(resource: Resource): Promise<LedgerEntry>;
  /** Writes what is known of it by now. Throws `IO`. */
  update(entry: LedgerEntry, resource: Resource): Promise<void>;
  /** Writes that it is undone. Does nothing when that was written before, or when the ledger is closed. Throws `IO`. */
  released(entry: LedgerEntry): Promise<void>;
  /** Writes that it could not be undone; it stays an entry. Does nothing for one that is undone. Throws `IO`. */
  failed(entry: LedgerEntry, error: unknown): Promise<void>;
  /** What is not undone, in the order in which it was made. */
  entries(): readonly LedgerEntry[];
  /** Finishes what is being written and closes the file. May be called again. */
  close(): Promise<void>;
}

/**
 * Opens the ledger of a VM, or begins one. The caller holds the VM's lock. A last line that was cut off by a crash counts as not
 * written. Throws `STORE_CORRUPT` for damage anywhere else (the file stays as it is: it may list living processes), `IO`.
 */
export async function openLedger(path: string, fileSystem: FileSystem = systemFileSystem): Promise<Ledger> {
  const { file, lines } = await AppendFile.open(path, fileSystem);
  try {
    const live = replay(path, lines);
    // With nothing left to undo the history has served its purpose.
    if (live.size === 0 && lines.length > 0) await file.clear();
    return new FileLedger(file, live);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * What is not undone according to the ledger of a VM that somebody else may hold. Writes nothing. Without a ledger there is nothing.
 * Throws `STORE_CORRUPT`, `IO`.
 */
export async function readLedger(path: string): Promise<readonly LedgerEntry[]> {
  const text = await ignoreErrno(readFile(path, 'utf8'), 'ENOENT').catch((error: unknown) => {
    throw ioError('reading', path, error);
  });
  // What follows the last line end was cut off, or is being written.
  const lines = (text ?? '').split('\n').slice(0, -1);
  return [...replay(path, lines).values()];
}

class Entry implements LedgerEntry {
  readonly id: number;
  resource: Resource;

  constructor(id: number, resource: Resource) {
    this.id = id;
    this.resource = resource;
  }
}

class FileLedger implements Ledger {
  readonly #file: AppendFile;
  readonly #live: Map<number, Entry>;
  #nextId: number;
  #closed = false;
  /** Writes happen one after another, in the order in which they were asked for. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(file: AppendFile, live: Map<number, Entry>) {
    this.#file = file;
    this.#live = live;
    this.#nextId = Math.max(0, ...live.keys()) + 1;
  }

  async acquire(resource: Resource): Promise<LedgerEntry> {
    this.#assertOpen();
    const entry = new Entry(this.#nextId, resource);
    this.#nextId += 1;
    return this.#enqueue(async () => {
      await this.#append({ op: 'acquire', id: entry.id, resource });
      this.#live.set(entry.id, entry);
      return entry;
    });
  }

  async update(entry: LedgerEntry, resource: Resource): Promise<void> {
    this.#assertOpen();
    await this.#enqueue(async () => {
      const live = this.#live.get(entry.id);
      if (live === undefined) return;
      await this.#append({ op: 'update', id: entry.id, resource });
      live.resource = resource;
    });
  }

  async released(entry: LedgerEntry): Promise<void> {
    await this.#enqueue(async () => {
      if (this.#closed || !this.#live.has(entry.id)) return;
      await this.#append({ op: 'released', id: entry.id });
      this.#live.delete(entry.id);
    });
  }

  async failed(entry: LedgerEntry, error: unknown): Promise<void> {
    await this.#enqueue(async () => {
      if (this.#closed || !this.#live.has(entry.id)) return;
      const text = error instanceof Error ? error.message : String(error);
      await this.#append({ op: 'failed', id: entry.id, error: text });
    });
  }

  entries(): readonly LedgerEntry[] {
    return [...this.#live.values()];
  }

  async close(): Promise<void> {
    if (this.#closed) return this.#enqueue(async () => undefined);
    await this.#enqueue(async () => {
      this.#closed = true;
      await this.#file.close();
    });
  }

  /**
   * Written, and not forced to the disk: what a killed controller has written is there all the same, and after a crash of the
   * host none of the things listed exists any more (see docs/decisions).
   */
  #append(line: LedgerLine): Promise<void> {
    return this.#file.append(formatLedgerLine(line));
  }

  #enqueue<T>(write: () => Promise<T>): Promise<T> {
    const written = this.#queue.then(write);
    // A failure is its caller's to handle; the writes behind it are tried all the same.
    this.#queue = written.catch(() => undefined);
    return written;
  }

  #assertOpen(): void {
    if (this.#closed) throw new TypeError('the ledger is closed');
  }
}

function replay(path: string, lines: readonly string[]): Map<number, Entry> {
  const live = new Map<number, Entry>();
  for (const [index, text] of lines.entries()) {
    const line = parseLedgerLine(text);
    if (line === null || !apply(live, line)) throw damaged(path, index + 1);
  }
  return live;
}

/** Follows one line; false when it does not fit the ones before. */
function apply(live: Map<number, Entry>, line: LedgerLine): boolean {
  const entry = live.get(line.id);
  switch (line.op) {
    case 'acquire':
      live.set(line.id, new Entry(line.id, line.resource));
      return entry === undefined;
    case 'update':
      if (entry !== undefined) entry.resource = line.resource;
      return entry !== undefined;
    case 'released':
      return live.delete(line.id);
    case 'failed':
      return entry !== undefined;
  }
}

function damaged(path: string, lineNumber: number): VmError<'STORE_CORRUPT'> {
  const detail = `line ${lineNumber} of '${path}' is damaged; look through it for processes and devices that are still there, end them, then remove the file`;
  return new VmError('STORE_CORRUPT', { detail, details: { path, setAside: null } });
}
