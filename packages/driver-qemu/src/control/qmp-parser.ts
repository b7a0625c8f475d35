import type { JsonObject, JsonValue } from '@vmrs/core/driver';
import { hypervisorError } from '../errors.ts';
import { isObject, type QemuVersion, type QmpMessage, textOf } from './qmp-message.ts';

/** The largest answer, that to `query-qmp-schema`, has about 0.3 MB in QEMU 7.2 and grows by a few per cent with each version. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

const NEWLINE = 0x0a;

/**
 * Cuts QEMU's side of a QMP connection into messages: one JSON object per line. Strict: anything else ends the
 * connection, since nothing that follows can be trusted.
 */
export class QmpParser {
  readonly #maxLineBytes: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(maxLineBytes: number = MAX_LINE_BYTES) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Takes the bytes that have arrived and returns the messages that are complete. Throws `HYPERVISOR` for what is no QMP. */
  push(bytes: Uint8Array): readonly QmpMessage[] {
    const messages: QmpMessage[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      this.#keep(bytes.subarray(start, end));
      const line = Buffer.concat(this.#pending).toString('utf8').trim();
      this.#pending = [];
      this.#pendingBytes = 0;
      if (line !== '') messages.push(parseMessage(line));
      start = end + 1;
    }
    this.#keep(bytes.subarray(start));
    return messages;
  }

  #keep(bytes: Uint8Array): void {
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > this.#maxLineBytes) {
      throw malformed(`a line of more than ${this.#maxLineBytes} bytes`, '');
    }
    if (bytes.length > 0) this.#pending.push(bytes);
  }
}

/** One line of QMP as a message. Throws `HYPERVISOR`. */
export function parseMessage(line: string): QmpMessage {
  const message = parseObject(line);
  if (isObject(message['QMP'])) return { kind: 'greeting', version: readVersion(message['QMP'], line) };
  const event = textOf(message, 'event');
  if (event !== undefined) {
    const data = message['data'] ?? {};
    if (!isObject(data)) throw malformed('an event whose data is no object', line);
    return { kind: 'event', event: { name: event, data } };
  }
  const { id, error } = message;
  if (isObject(error)) {
    // A command that QEMU could not even parse is answered without its id.
    if (id !== undefined && typeof id !== 'number') throw malformed('an error with an id that is not ours', line);
    return {
      kind: 'error',
      id: id ?? null,
      errorClass: textOf(error, 'class') ?? 'GenericError',
      description: textOf(error, 'desc') ?? 'no description',
    };
  }
  const value = message['return'];
  if (value === undefined) throw malformed('neither a greeting, an event nor an answer', line);
  if (typeof id !== 'number') throw malformed('an answer without an id of ours', line);
  return { kind: 'return', id, value };
}

function parseObject(line: string): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(line) as JsonValue;
  } catch (error) {
    throw malformed('no JSON', line, error);
  }
  if (!isObject(value)) throw malformed('no object', line);
  return value;
}

function readVersion(greeting: JsonObject, line: string): QemuVersion {
  const version = greeting['version'];
  const qemu = isObject(version) ? version['qemu'] : undefined;
  const numbers = isObject(qemu) ? [qemu['major'], qemu['minor'], qemu['micro']] : [];
  const [major, minor, micro] = numbers;
  if (typeof major !== 'number' || typeof minor !== 'number' || typeof micro !== 'number') {
    throw malformed('a greeting without a version', line);
  }
  return { major, minor, micro, package: isObject(version) ? (textOf(version, 'package') ?? '').trim() : '' };
}

function malformed(what: string, line: string, cause?: unknown): Error {
  const native = line.length > 200 ? `${line.slice(0, 200)}...` : line;
  return hypervisorError('qmp', `QEMU's monitor sent ${what} where a QMP message belongs`, { native, cause });
}
