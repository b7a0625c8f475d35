import { isGuestAddress } from './guest-address.ts';
import { readableText, withoutEscapes } from './terminal-text.ts';

/** What a guest writes to its console when it is ready, followed by one space and its address. */
export const READY_MARKER = 'VMRS_READY';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const ESC = 0x1b;

/** Bytes of an unfinished line that are kept. A marker with the longest address has 50; the rest is room for escape sequences. */
const MAX_LINE_BYTES = 4096;
/** Bytes of the console's end that are kept as evidence. */
const TAIL_BYTES = 8192;
const DEFAULT_TAIL_LINES = 50;

/** Which markers count. */
export interface MarkerRules {
  /** Whether a loopback address is one, as of a guest that has no network interface. Default false: of another guest it is an early or a wrong answer. */
  readonly loopback?: boolean;
}

/**
 * The address in a complete line (without its newline) if the line is a readiness marker, else null. A marker is exactly
 * `VMRS_READY <address>`: from the line's first character to its last, one space, one valid address. Escape sequences anywhere
 * and carriage returns at the ends do not count; anything else on the line means that it is not the marker.
 */
export function markerAddress(line: Uint8Array, { loopback = false }: MarkerRules = {}): string | null {
  const visible = trimCarriageReturns(withoutEscapes(line));
  const prefix = `${READY_MARKER} `;
  const text = Buffer.from(visible).toString('latin1');
  if (!text.startsWith(prefix)) return null;
  const address = text.slice(prefix.length);
  return isGuestAddress(address, { loopback }) ? address : null;
}

/**
 * Finds the readiness marker in a console's bytes, however they are cut into pieces. Memory is bounded whatever a guest writes:
 * a line of more than 4096 bytes is no marker and is skipped to its newline.
 */
export class ConsoleScanner {
  readonly #tailLines: number;
  readonly #rules: MarkerRules;
  #address: string | null = null;
  #held: Uint8Array = new Uint8Array(0);
  #unfinishedBytes = 0;
  #tail: Buffer = Buffer.alloc(0);

  /** `tailLines`: how many of the last lines {@link tail} gives at most. Default 50. */
  constructor(options: MarkerRules & { readonly tailLines?: number } = {}) {
    this.#rules = options;
    this.#tailLines = options.tailLines ?? DEFAULT_TAIL_LINES;
  }

  /** The address of the last complete marker, or null. */
  get address(): string | null {
    return this.#address;
  }

  /** How many bytes of the line that has no newline yet were pushed. */
  get unfinishedBytes(): number {
    return this.#unfinishedBytes;
  }

  /** Takes the next bytes of the console. They are copied where they are kept. */
  push(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const first = chunk.indexOf(NEWLINE);
    const last = chunk.lastIndexOf(NEWLINE);
    if (first !== -1) {
      this.#finishLine(chunk.subarray(0, first));
      for (const line of suspectLines(chunk.subarray(first + 1, Math.max(first + 1, last)))) this.#judge(line);
    }
    this.#hold(chunk.subarray(last + 1));
    this.#keepTail(chunk);
  }

  /** The bytes pushed next do not continue the unfinished line: they come from another file, or from a truncated one. */
  breakLine(): void {
    if (this.#unfinishedBytes > 0) this.#keepTail(Uint8Array.of(NEWLINE));
    this.#dropLine();
  }

  /** Forgets the address and the unfinished line: a new boot begins. The tail stays: a boot's last words explain the next one. */
  reset(): void {
    this.breakLine();
    this.#address = null;
  }

  /** The last lines, readable, the unfinished one included; bounded by `tailLines` and by 8 KiB in all. */
  tail(): readonly string[] {
    const lines = splitLines(this.#tail).map(readableText);
    if (lines.at(-1) === '') lines.pop();
    return lines.slice(-this.#tailLines);
  }

  #finishLine(rest: Uint8Array): void {
    const whole = this.#unfinishedBytes === this.#held.length;
    if (whole) this.#judge(this.#held.length === 0 ? rest : Buffer.concat([this.#held, rest]));
    this.#dropLine();
  }

  #judge(line: Uint8Array): void {
    if (line.length > MAX_LINE_BYTES) return;
    this.#address = markerAddress(line, this.#rules) ?? this.#address;
  }

  #hold(rest: Uint8Array): void {
    if (rest.length === 0) return;
    this.#unfinishedBytes += rest.length;
    const fits = this.#unfinishedBytes <= MAX_LINE_BYTES;
    this.#held = fits ? Buffer.concat([this.#held, rest]) : new Uint8Array(0);
  }

  #dropLine(): void {
    this.#held = new Uint8Array(0);
    this.#unfinishedBytes = 0;
  }

  #keepTail(bytes: Uint8Array): void {
    const fresh = bytes.subarray(-TAIL_BYTES);
    const old = this.#tail.subarray(Math.max(0, this.#tail.length + fresh.length - TAIL_BYTES));
    this.#tail = Buffer.concat([old, fresh]);
  }
}

function trimCarriageReturns(line: Uint8Array): Uint8Array {
  let start = 0;
  let end = line.length;
  while (start < end && line[start] === CARRIAGE_RETURN) start++;
  while (end > start && line[end - 1] === CARRIAGE_RETURN) end--;
  return line.subarray(start, end);
}

/**
 * Those of whole lines that may be a marker: the ones with its text, or with an escape sequence, which may cut it in two. A chatty
 * guest writes thousands of lines per second; the others are never looked at one by one.
 */
function* suspectLines(lines: Buffer): Generator<Uint8Array> {
  let start = 0;
  let marker = lines.indexOf(READY_MARKER);
  let escaped = lines.indexOf(ESC);
  while (marker !== -1 || escaped !== -1) {
    const at = marker === -1 ? escaped : escaped === -1 ? marker : Math.min(marker, escaped);
    const newline = lines.indexOf(NEWLINE, at);
    const end = newline === -1 ? lines.length : newline;
    yield lines.subarray(Math.max(start, lines.lastIndexOf(NEWLINE, at) + 1), end);
    start = end + 1;
    if (marker !== -1 && marker < start) marker = lines.indexOf(READY_MARKER, start);
    if (escaped !== -1 && escaped < start) escaped = lines.indexOf(ESC, start);
  }
}

function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  lines.push(bytes.subarray(start));
  return lines;
}
