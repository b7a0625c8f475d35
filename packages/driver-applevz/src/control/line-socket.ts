import type { Socket } from 'node:net';
import { MAX_LINE_BYTES } from './protocol.ts';

/** How much may wait to be read by the other end before it is hung up on, in bytes. */
const MOST_UNREAD = 4 * MAX_LINE_BYTES;
const NEWLINE = 0x0a;

/** What becomes of what comes in. */
export interface LineListener {
  /** A line, parsed. */
  readonly onMessage: (message: unknown) => void;
  /** A line that is no JSON, or too long. Nothing that comes after it is heard; it is for the listener to hang up. */
  readonly onGarbage: (problem: string) => void;
  /** The connection has ended; `fault` is why, when it was not the other end's wish. Called once, and last. */
  readonly onClosed: (fault: Error | null) => void;
}

/** A connection that carries JSON, one message a line. Both directions are bounded. */
export class LineSocket {
  readonly #socket: Socket;
  readonly #listener: LineListener;
  readonly #closed: Promise<void>;
  #parts: Buffer[] = [];
  #pending = 0;
  #deaf = false;
  #fault: Error | null = null;

  constructor(socket: Socket, listener: LineListener) {
    this.#socket = socket;
    this.#listener = listener;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = promise;
    socket
      .on('data', (chunk: Buffer) => this.#take(chunk))
      .on('error', (error) => {
        this.#fault ??= error;
      })
      .on('close', () => {
        this.#deaf = true;
        resolve();
        listener.onClosed(this.#fault);
      });
  }

  /** Sends a message. It is lost when the connection has ended, which `onClosed` tells. */
  send(message: object): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#socket.write(`${JSON.stringify(message)}\n`);
    if (this.#socket.writableLength > MOST_UNREAD) this.hangUp(new Error('the other end does not read'));
  }

  /**
   * Sends a last message, hears nothing any more, and waits until the other end has hung up, at most `ms` milliseconds; then hangs up. Never rejects. Not
   * at once: what the other end writes to a connection that is closed breaks it, with what it has not read yet.
   */
  async sendLast(message: object, ms: number): Promise<void> {
    this.send(message);
    this.#deaf = true;
    this.#socket.end();
    const late = setTimeout(() => this.#socket.destroy(), ms);
    await this.#closed;
    clearTimeout(late);
  }

  /** Hangs up. */
  hangUp(fault?: Error): void {
    this.#deaf = true;
    this.#fault ??= fault ?? null;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end !== -1 && !this.#deaf; end = rest.indexOf(NEWLINE)) {
      this.#keep(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      const line = Buffer.concat(this.#parts);
      this.#parts = [];
      this.#pending = 0;
      if (!this.#deaf) this.#read(line);
    }
    if (!this.#deaf) this.#keep(rest);
  }

  #keep(part: Buffer): void {
    this.#parts.push(part);
    this.#pending += part.length;
    if (this.#pending > MAX_LINE_BYTES) this.#refuse(`a line is longer than ${MAX_LINE_BYTES} bytes`);
  }

  #read(line: Buffer): void {
    let message: unknown;
    try {
      message = JSON.parse(line.toString('utf8'));
    } catch (error) {
      this.#refuse(`a line is not JSON: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    this.#listener.onMessage(message);
  }

  #refuse(problem: string): void {
    this.#deaf = true;
    this.#parts = [];
    this.#pending = 0;
    this.#listener.onGarbage(problem);
  }
}
