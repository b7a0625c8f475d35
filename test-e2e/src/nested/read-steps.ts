/** What one step of `life.mjs` came to. */
export interface Step {
  readonly driver: string;
  readonly step: string;
  readonly ok: boolean;
  readonly ms?: number;
  readonly told?: unknown;
  readonly error?: string;
  /** The end of the guest's console, of a step that has failed. */
  readonly consoleTail?: readonly string[];
  /** The end of the hypervisor's own log, of a step that has failed. */
  readonly vmmLogTail?: readonly string[];
}

const TAIL_LINES = 40;

/** Reads the steps out of a console, however it is cut, and passes each on as soon as it is whole. */
export class StepReader {
  readonly steps: Step[] = [];
  /** How many lives have come to their end. */
  ends = 0;
  readonly #onStep: (step: Step) => void;
  readonly #decoder = new TextDecoder();
  #rest = '';
  #last: readonly string[] = [];

  constructor(onStep: (step: Step) => void) {
    this.#onStep = onStep;
  }

  /** The last lines of the console: why a life did not come to its end. */
  get tail(): readonly string[] {
    return [...this.#last, this.#rest];
  }

  /** Takes the next bytes of the console. */
  push(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split(/\r*\n/);
    this.#rest = lines.pop() ?? '';
    this.#last = [...this.#last, ...lines].slice(-TAIL_LINES);
    for (const line of lines) {
      if (/^VMRS_END \d+$/.test(line)) this.ends += 1;
      if (!line.startsWith('VMRS_STEP ')) continue;
      const step = JSON.parse(line.slice('VMRS_STEP '.length)) as Step;
      this.steps.push(step);
      this.#onStep(step);
    }
  }
}
