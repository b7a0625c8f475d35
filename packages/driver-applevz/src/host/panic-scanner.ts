/** What a Linux kernel says before its reason, and again, after its last words. See `panic()` in its `kernel/panic.c`. */
const WORDS = 'Kernel panic - not syncing: ';
const END = '---[ end Kernel panic';

/** Longest reason that is kept, in bytes. */
const LONGEST_REASON = 512;
/** Longest part of a line that is kept for what follows it. */
const LONGEST_KEPT = WORDS.length + LONGEST_REASON;

/** Finds a panic in a console's bytes, however they are cut into chunks. Keeps at most a line's part of them. */
export class PanicScanner {
  #kept = '';
  #panic: string | null = null;
  #over = false;

  /** The reason that the kernel gave, null while there was no panic. */
  get panic(): string | null {
    return this.#panic;
  }

  /** Whether the kernel has said its last words. Not every kernel gets to them: one that reboots at a panic does not. */
  get over(): boolean {
    return this.#over;
  }

  /** Takes what came next. */
  scan(chunk: Buffer): void {
    if (this.#over) return;
    const text = this.#kept + chunk.toString('latin1');
    if (this.#panic === null) this.#panic = findReason(text);
    this.#over = this.#panic !== null && text.includes(END);
    this.#kept = this.#over ? '' : text.slice(text.lastIndexOf('\n') + 1).slice(-LONGEST_KEPT);
  }

  /** The console has ended: a reason that was cut short is one. */
  end(): void {
    if (this.#panic === null) this.#panic = findReason(`${this.#kept}\n`);
  }
}

function findReason(text: string): string | null {
  const at = text.indexOf(WORDS);
  if (at === -1) return null;
  const rest = text.slice(at + WORDS.length, at + WORDS.length + LONGEST_REASON);
  const end = rest.search(/[\r\n]/);
  if (end === -1 && rest.length < LONGEST_REASON) return null;
  return Buffer.from(end === -1 ? rest : rest.slice(0, end), 'latin1')
    .toString('utf8')
    .trim();
}
