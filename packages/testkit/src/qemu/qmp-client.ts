import type { Readable, Writable } from 'node:stream';

/** An event of QEMU. */
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** As much of QEMU's monitor protocol as a stand-in needs: one command after another, and events. */
export class QmpClient {
  readonly #input: Writable;
  readonly #onEvent: (event: QmpEvent) => void;
  readonly #waiting: Waiting[] = [];
  #rest = '';

  constructor(output: Readable, input: Writable, onEvent: (event: QmpEvent) => void) {
    this.#input = input;
    this.#onEvent = onEvent;
    input.on('error', () => undefined);
    output.on('data', (bytes: Buffer) => this.#read(bytes.toString('utf8')));
    output.once('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('QEMU has ended'));
    });
  }

  /** Runs a command. Rejects with QEMU's words. */
  execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#input.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      const message = JSON.parse(line) as Readonly<Record<string, unknown>>;
      if (typeof message['event'] === 'string') {
        const data = (message['data'] ?? {}) as QmpEvent['data'];
        this.#onEvent({ event: message['event'], data });
      } else if ('return' in message) this.#waiting.shift()?.resolve(message['return']);
      else if ('error' in message) this.#waiting.shift()?.reject(new Error(JSON.stringify(message['error'])));
    }
  }
}
