import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';

// biome-ignore lint/suspicious/noControlCharactersInRegex: taking control characters away is what it is for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text without what could steer a terminal: a guest is not trusted with that. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text).replaceAll(CONTROL, '');
}

/** Splits what a guest writes into whole lines, without line ends. An unfinished one is kept until it is whole, or flushed. */
export class GuestLines {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** The lines that `bytes` completes. */
  push(bytes: Uint8Array): readonly string[] {
    const lines = (this.#rest + this.#decoder.write(Buffer.from(bytes))).split('\n');
    const rest = lines.pop() ?? '';
    // A guest that never ends a line must not fill the memory.
    this.#rest = rest.length > LONGEST_LINE ? '' : rest;
    const cut = rest.length > LONGEST_LINE ? [rest] : [];
    return [...lines, ...cut].map((line) => line.replace(/\r+$/, ''));
  }

  /** What is left. */
  flush(): readonly string[] {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    return rest === '' ? [] : [rest.replace(/\r+$/, '')];
  }
}

const LONGEST_LINE = 64 * 1024;
