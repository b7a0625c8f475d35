import { appendFileSync } from 'node:fs';

/** Cloud Hypervisor's log: on stderr, or in a file. Without `-v` only warnings and errors are in it. */
export class ChLog {
  readonly #file: string | null;
  readonly #verbosity: number;

  constructor(file: string | null, verbosity: number) {
    this.#file = file;
    this.#verbosity = verbosity;
  }

  /** Told from `-v` on. */
  info(words: string): void {
    if (this.#verbosity > 0) this.#write('INFO', words);
  }

  /** Always told. */
  error(words: string): void {
    this.#write('ERROR', words);
  }

  #write(level: string, words: string): void {
    const line = `cloud-hypervisor: ${performance.now().toFixed(3)}ms: <vmm> ${level}:stand-in -- ${words}\n`;
    if (this.#file === null) process.stderr.write(line);
    else appendFileSync(this.#file, line);
  }
}
