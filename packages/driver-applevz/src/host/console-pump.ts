import { close } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { PanicScanner } from './panic-scanner.ts';

/** A kernel that has panicked and says nothing for this long has said its last words. One that reboots then says nothing for longer. */
const SILENCE_MS = 100;

/** Who wants to know about a console. */
export interface ConsoleListener {
  /** The guest's kernel has panicked; what it said is in the log. Called once at most. */
  readonly onPanic: (detail: string) => void;
  /** A line for the host's own log. */
  readonly note: (line: string) => void;
}

/**
 * Carries a guest's console from the pipe into which the framework writes it to the log. What is not written yet is not read either: a guest that writes faster than the
 * disk waits, as it would for a slow terminal, and nothing piles up here.
 */
export class ConsolePump {
  /** Resolves when the last byte was written and the pipe has ended. Never rejects. */
  readonly done: Promise<void>;
  /** Resolves when a kernel that has panicked has nothing more to say, at the latest with {@link ConsolePump.done}. */
  readonly lastWords: Promise<void>;
  readonly #source: Socket;
  readonly #log: FileHandle;
  readonly #logPath: string;
  readonly #listener: ConsoleListener;
  readonly #scanner = new PanicScanner();
  #spoken: () => void;
  #silence: NodeJS.Timeout | null = null;
  #told = false;
  #failed = false;

  private constructor(source: Socket, log: FileHandle, logPath: string, listener: ConsoleListener) {
    this.#source = source;
    this.#log = log;
    this.#logPath = logPath;
    this.#listener = listener;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.lastWords = promise;
    this.#spoken = resolve;
    this.done = this.#run();
  }

  /** Takes over `pipe`, the end to be read, and appends to `logPath`; a new log is its owner's alone. Throws the system's error, and `pipe` is closed then too. */
  static async open(pipe: number, logPath: string, listener: ConsoleListener): Promise<ConsolePump> {
    let log: FileHandle;
    try {
      log = await open(logPath, 'a', 0o600);
    } catch (error) {
      await new Promise((resolve) => close(pipe, resolve));
      throw error;
    }
    // A machine that this process only holds does not keep it alive; what does so is the server of a host.
    const source = new Socket({ fd: pipe, readable: true, writable: false }).unref();
    return new ConsolePump(source, log, logPath, listener);
  }

  /** Why the kernel has panicked, if it has. */
  get panic(): string | null {
    return this.#scanner.panic;
  }

  /** Stops reading, wherever it is. */
  stop(): void {
    this.#source.destroy();
  }

  async #run(): Promise<void> {
    try {
      for await (const chunk of this.#source as AsyncIterable<Buffer>) {
        await this.#write(chunk);
        this.#scanner.scan(chunk);
        this.#tell();
      }
    } catch (error) {
      // The pipe is local: what breaks it is that it was stopped here.
      if (!this.#source.destroyed) this.#listener.note(`the guest's console is not read any more: ${String(error)}`);
    }
    this.#scanner.end();
    this.#tell();
    this.#spoken();
    clearTimeout(this.#silence ?? undefined);
    await this.#log.close().catch((error: unknown) => this.#complain(error));
  }

  #tell(): void {
    const { panic, over } = this.#scanner;
    if (panic !== null && !this.#told) {
      this.#told = true;
      this.#listener.onPanic(panic);
    }
    if (over) this.#spoken();
    else if (panic !== null) this.#awaitSilence();
  }

  #awaitSilence(): void {
    this.#silence ??= setTimeout(this.#spoken, SILENCE_MS);
    this.#silence.refresh();
  }

  /** A VM is worth more than its log: when that cannot be written, the guest goes on, and is watched on. */
  async #write(chunk: Buffer): Promise<void> {
    try {
      await this.#log.appendFile(chunk);
    } catch (error) {
      this.#complain(error);
    }
  }

  #complain(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    const why = error instanceof Error ? error.message : String(error);
    this.#listener.note(`the guest's console cannot be written to ${this.#logPath}, bytes of it are lost: ${why}`);
  }
}
