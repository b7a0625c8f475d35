/** One line of the report. */
interface Line {
  readonly name: string;
  readonly outcome: 'ok' | 'FAILED' | 'not run' | 'skipped';
  readonly seconds: number;
  readonly note: string;
}

/** Runs the steps of a rehearsal, says how each went as it ends, and sums up. */
export class Report {
  readonly #lines: Line[] = [];
  readonly #print: (text: string) => void;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  /** Whether a step was skipped. */
  get skipped(): boolean {
    return this.#lines.some(({ outcome }) => outcome === 'skipped');
  }

  /** Whether something ran, and nothing failed or was left out. */
  get ok(): boolean {
    const bad = this.#lines.some(({ outcome }) => outcome === 'FAILED' || outcome === 'not run');
    return !bad && this.#lines.some(({ outcome }) => outcome === 'ok');
  }

  /**
   * Runs a step. What it resolves with is its note, if that is text. A step that fails does not throw: its result is then undefined.
   */
  async step<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    const startedAt = performance.now();
    const seconds = (): number => (performance.now() - startedAt) / 1000;
    try {
      const result = await work();
      this.#add({ name, outcome: 'ok', seconds: seconds(), note: typeof result === 'string' ? result : '' });
      return result;
    } catch (error) {
      this.#print(error instanceof Error ? error.message : String(error));
      this.#add({ name, outcome: 'FAILED', seconds: seconds(), note: '' });
      return undefined;
    }
  }

  /** Notes that a step was left out because an earlier one failed. */
  leaveOut(name: string, because: string): void {
    this.#add({ name, outcome: 'not run', seconds: 0, note: because });
  }

  /** Notes that a step cannot be done on this machine. */
  skip(name: string, why: string): void {
    this.#add({ name, outcome: 'skipped', seconds: 0, note: why });
  }

  /** All lines once more, and the sum. */
  summary(): string {
    const count = (outcome: Line['outcome']): number => this.#lines.filter((line) => line.outcome === outcome).length;
    const sum = `${count('ok')} steps ok, ${count('FAILED')} failed, ${count('not run')} not run, ${count('skipped')} skipped`;
    return [...this.#lines.map(format), sum].join('\n');
  }

  #add(line: Line): void {
    this.#lines.push(line);
    this.#print(format(line));
  }
}

function format({ name, outcome, seconds, note }: Line): string {
  return `${outcome.padEnd(7)}  ${name} (${seconds.toFixed(1)} s)${note === '' ? '' : `: ${note}`}`;
}
