import { GuestLines, harmless } from './guest-text.ts';
import type { Progress } from './progress.ts';
import type { Screen } from './screen.ts';

/** How guest output is written. */
export interface GuestOutputOptions {
  /** As it is also on a terminal, escape sequences included. */
  readonly raw?: boolean;
  /** Stands before each line. */
  readonly prefix?: string;
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

  constructor(screen: Screen, options: GuestOutputOptions = {}) {
    this.#screen = screen;
    this.#options = options;
  }

  /** Resolves when the stream has taken it. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#asItIs) await this.#put(bytes);
    else await this.#putLines(this.#lines.push(bytes));
  }

  /** Writes what is left of an unfinished line. */
  async end(): Promise<void> {
    await this.#putLines(this.#lines.flush());
  }

  get #asItIs(): boolean {
    const { raw = false, prefix } = this.#options;
    return prefix === undefined && (raw || !this.#screen.stdout.isTTY);
  }

  async #putLines(lines: readonly string[]): Promise<void> {
    const { prefix = '' } = this.#options;
    if (lines.length > 0) await this.#put(lines.map((line) => `${prefix}${harmless(line)}\n`).join(''));
  }

  #put(data: Uint8Array | string): Promise<void> {
    const { progress } = this.#options;
    return new Promise((resolve) => {
      // Also called when the reader has gone; that is seen to elsewhere.
      const write = (): void => void this.#screen.stdout.write(data, () => resolve());
      if (progress === undefined) write();
      else progress.aside(write);
    });
  }
}
