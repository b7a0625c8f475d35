import type { Socket } from 'node:net';
import { deferred } from '../../util/deferred.ts';
import { LONGEST_LINE } from './protocol.ts';

/** How much may wait to be read by the other end before it is hung up on, in bytes. */
const MOST_UNREAD = 4 * LONGEST_LINE;
/** How long the other end may take to read the last of what was sent and hang up, in milliseconds. */
const FLUSH_MS = 1_000;
const NEWLINE = 0x0a;

/** What becomes of what comes in. */
export interface LineListener {
  /** A line, parsed. One that is no JSON object or is too long ends the connection instead. */
  readonly onMessage: (message: object) => void;
  /** The connection has ended; `fault` is why, if it was not the other end's wish. Called once, and last. */
  readonly onClosed: (fault: Error | null) => void;
}

/** A connection that carries JSON, one message a line. Both directions are bounded. */
export class LineSocket {
  readonly #socket: Socket;
  readonly #listener: LineListener;
  #rest: Buffer = Buffer.alloc(0);
  #fault: Error | null = null;
  #handedOver = false;

  constructor(socket: Socket, listener: LineListener) {
    this.#socket = socket;
    this.#listener = listener;
    // Not 'data': that could not be taken away again without losing what comes before somebody else listens.
    socket
      .on('readable', this.#onReadable)
      .on('end', this.#onEnd)
      .on('error', this.#onError)
      .on('close', this.#onClose);
  }

  /** Sends a message. It is lost when the connection has ended, which `onClosed` tells. */
  send(message: object): void {
    if (this.#socket.destroyed || this.#socket.writableEnded || this.#handedOver) return;
    this.#socket.write(`${JSON.stringify(message)}\n`);
    if (this.#socket.writableLength > MOST_UNREAD) this.hangUp(new Error('the other end does not read'));
  }

  /**
   * Sends a last message and waits, at most {@link FLUSH_MS}, until the other end has hung up; then hangs up. Never rejects. Not at once: what
   * the other end writes to a connection that is closed breaks it, with what it has not read yet.
   */
  async sendLast(message: object): Promise<void> {
    this.send(message);
    const closed = deferred<void>();
    this.#socket.once('close', () => closed.resolve());
    if (this.#socket.destroyed || this.#handedOver) closed.resolve();
    else this.#socket.end();
    const late = setTimeout(closed.resolve, FLUSH_MS);
    await closed.promise;
    clearTimeout(late);
    this.hangUp();
  }

  /** Hangs up. */
  hangUp(fault?: Error): void {
    this.#fault ??= fault ?? null;
    this.#socket.destroy();
  }

  /** Gives the connection away, with what was not read yet; nothing is heard of it here any more. */
  handOver(): Socket {
    this.#handedOver = true;
    const socket = this.#socket;
    socket
      .off('readable', this.#onReadable)
      .off('end', this.#onEnd)
      .off('error', this.#onError)
      .off('close', this.#onClose);
    if (this.#rest.length > 0) socket.unshift(this.#rest);
    return socket;
  }

  readonly #onReadable = (): void => {
    for (let chunk = this.#read(); chunk !== null; chunk = this.#read()) {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      this.#takeLines();
      if (this.#rest.length > LONGEST_LINE) this.hangUp(new Error(`a line is longer than ${LONGEST_LINE} bytes`));
    }
  };

  #read(): Buffer | null {
    return this.#handedOver || this.#socket.destroyed ? null : this.#socket.read();
  }

  #takeLines(): void {
    for (let end = this.#rest.indexOf(NEWLINE); end !== -1; end = this.#rest.indexOf(NEWLINE)) {
      const message = parse(this.#rest.toString('utf8', 0, end));
      this.#rest = this.#rest.subarray(end + 1);
      if (message === null) this.hangUp(new Error('the other end sent something that is no message'));
      else this.#listener.onMessage(message);
      // Whoever was given the connection reads on by itself.
      if (this.#handedOver || this.#socket.destroyed) return;
    }
  }

  readonly #onEnd = (): void => {
    this.#socket.destroy();
  };

  readonly #onError = (error: Error): void => {
    this.#fault ??= error;
  };

  readonly #onClose = (): void => {
    this.#listener.onClosed(this.#fault);
  };
}

function parse(line: string): object | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null; // The caller hangs up and says why.
  }
}
