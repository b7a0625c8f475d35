import { GuestLines, harmless } from './guest-text.ts';
import type { Progress } from './progress.ts';
import type { Screen } from './screen.ts';

const LONGEST_HELD = 64 * 1024;

/** How guest output is written. */
export interface GuestOutputOptions {
  /** As it is also on a terminal, escape sequences included. */
  readonly raw?: boolean;
  /** Stands before each line. */
  readonly prefix?: string;
  /** Holds back unfinished lines, so that nothing that others write gets into the middle of one. */
  readonly wholeLines?: boolean;
  /** Kept out of the way. */
  readonly progress?: Progress;
}

/**
 * What a guest or a VMM writes, to stdout. On a terminal, line by line and without what could steer it; elsewhere (without a prefix) byte by byte, as it came.
 */
export class GuestOutput {
  readonly #screen: Screen;
  readonly #options: GuestOutputOptions;
  readonly #lines = new GuestLines();
  #held: Uint8Array = Buffer.alloc(0);

  constructor(screen: Screen, options: GuestOutputOptions = {}) {
    this.#screen = screen;
    this.#options = options;
  }

  /** Resolves when the stream has taken it. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#asItIs) await this.#put(this.#options.wholeLines === true ? this.#whole(bytes) : bytes);
    else await this.#putLines(this.#lines.push(bytes));
  }

  /** Writes what is left of an unfinished line. */
  async end(): Promise<void> {
    if (this.#held.length > 0) await this.#put(this.#held);
    this.#held = Buffer.alloc(0);
    await this.#putLines(this.#lines.flush());
  }

  get #asItIs(): boolean {
    const { raw = false, prefix } = this.#options;
    return prefix === undefined && (raw || !this.#screen.stdout.isTTY);
  }

  /** What `bytes` completes; the rest is held back, unless it is too long for a line. */
  #whole(bytes: Uint8Array): Uint8Array {
    const all = Buffer.concat([this.#held, bytes]);
    const end = all.length > LONGEST_HELD ? all.length : all.lastIndexOf('\n') + 1;
    this.#held = all.subarray(end);
    return all.subarray(0, end);
  }

  async #putLines(lines: readonly string[]): Promise<void> {
    const { prefix = '' } = this.#options;
    if (lines.length > 0) await this.#put(lines.map((line) => `${prefix}${harmless(line)}\n`).join(''));
  }

  async #put(data: Uint8Array | string): Promise<void> {
    if (data.length === 0) return;
    const { progress } = this.#options;
    await new Promise<void>((resolve) => {
      // Also called when the reader has gone; that is seen to elsewhere.
      const write = (): void => void this.#screen.stdout.write(data, () => resolve());
      if (progress === undefined) write();
      else progress.aside(write);
    });
  }
}
