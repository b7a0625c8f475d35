import { styleText } from 'node:util';

/** Colours by what they mean. */
export type Tone = 'good' | 'bad' | 'warning' | 'dim' | 'strong';

const FORMAT = { good: 'green', bad: 'red', warning: 'yellow', dim: 'dim', strong: 'bold' } as const;

/** What a {@link Screen} writes to. */
export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Where results and remarks go: results to stdout, all else to stderr. */
export class Screen {
  readonly #streams: Streams;
  /** No remarks. */
  quiet = false;
  /** Results as JSON. */
  json = false;
  /** No colours, whatever the terminal can do. */
  plain = false;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  get stdout(): NodeJS.WriteStream {
    return this.#streams.stdout;
  }

  get stderr(): NodeJS.WriteStream {
    return this.#streams.stderr;
  }

  /** A result: the value as one line of JSON under `--json`, else what `text` makes of it. */
  result<T>(value: T, text: (value: T) => string): void {
    this.print(this.json ? JSON.stringify(value) : text(value));
  }

  /** Lines for stdout. Nothing for an empty text. */
  print(text: string): void {
    if (text !== '') this.stdout.write(`${text}\n`);
  }

  /** A remark for people, to stderr. */
  note(text: string): void {
    if (!this.quiet) this.stderr.write(`${text}\n`);
  }

  /** An error or a warning, to stderr, also with `--quiet`. */
  complain(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  /** `text` in a colour where stdout (or stderr) shows colours: on terminals, unless `NO_COLOR` is set. */
  tone(tone: Tone, text: string, stream: 'stdout' | 'stderr' = 'stdout'): string {
    if (this.plain) return text;
    return styleText(FORMAT[tone], text, { stream: this.#streams[stream] });
  }
}
