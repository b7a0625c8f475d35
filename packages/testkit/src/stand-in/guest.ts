import type { GuestScript, GuestStep, PowerButton, VmmStep } from './guest-script.ts';

/** What a guest needs of the VMM around it. */
export interface GuestHost {
  /** Appends to the console. */
  print(bytes: Uint8Array): void;
  /** Told whenever the guest resets itself. */
  reset(): void;
  /** Does a step that concerns the VMM. Ends the VMM for `power-off`, `panic`, `exit` and `crash`. */
  perform(step: VmmStep): void;
}

/** Where in its script a guest is; what a snapshot keeps. */
export interface GuestPosition {
  readonly boot: number;
  readonly step: number;
  readonly powerButton: PowerButton;
}

const POWERED_ON: GuestPosition = { boot: 0, step: 0, powerButton: 'powers-off' };

/** Plays a {@link GuestScript}. Starts suspended. */
export class Guest {
  readonly #script: GuestScript;
  readonly #host: GuestHost;
  #position: GuestPosition;
  #suspended = true;
  #wake: (() => void)[] = [];
  /** Counts resets, so that the steps of an earlier boot stop. */
  #epoch = 0;

  constructor(script: GuestScript, host: GuestHost, position: GuestPosition = POWERED_ON) {
    this.#script = script;
    this.#host = host;
    this.#position = position;
  }

  get suspended(): boolean {
    return this.#suspended;
  }

  get position(): GuestPosition {
    return this.#position;
  }

  /** Begins to play, or goes on. */
  resume(): void {
    this.#suspended = false;
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }

  /** Holds everything before its next step. */
  suspend(): void {
    this.#suspended = true;
  }

  /** Plays the script from the present position. Resolves when the guest idles. */
  async play(): Promise<void> {
    const epoch = this.#epoch;
    const { boots } = this.#script;
    const steps = boots[Math.min(this.#position.boot, boots.length - 1)] ?? [];
    while (epoch === this.#epoch) {
      await this.#awake();
      const step = steps[this.#position.step];
      if (step === undefined) return;
      await this.#perform(step);
      if (epoch === this.#epoch) this.#position = { ...this.#position, step: this.#position.step + 1 };
    }
  }

  /** Does `steps` beside the script, whether suspended or not. */
  async inject(steps: readonly GuestStep[]): Promise<void> {
    for (const step of steps) await this.#perform(step);
  }

  /** Somebody pressed the power button; a suspended guest notices when it goes on. */
  async pressPowerButton(): Promise<void> {
    const { powerButton } = this.#position;
    if (powerButton === 'ignored') {
      this.#print('stand-in guest: power button ignored\n');
      return;
    }
    if (typeof powerButton === 'object') await this.#wait(powerButton.delayMs);
    await this.#awake();
    this.#host.perform({ do: 'power-off' });
  }

  async #perform(step: GuestStep): Promise<void> {
    switch (step.do) {
      case 'wait':
        await this.#wait(step.ms);
        break;
      case 'print':
        this.#host.print('text' in step ? Buffer.from(step.text) : Buffer.from(step.base64, 'base64'));
        break;
      case 'ready':
        this.#print(`VMRS_READY ${step.ip}\n`);
        break;
      case 'power-button':
        this.#position = { ...this.#position, powerButton: step.is };
        break;
      case 'reboot':
        this.#reboot();
        break;
      case 'power-off':
      case 'panic':
      case 'exit':
      case 'crash':
      case 'control':
      case 'fork':
        this.#host.perform(step);
        break;
    }
  }

  #reboot(): void {
    this.#epoch += 1;
    this.#position = { boot: this.#position.boot + 1, step: 0, powerButton: 'powers-off' };
    this.#host.reset();
    void this.play();
  }

  #print(text: string): void {
    this.#host.print(Buffer.from(text));
  }

  async #awake(): Promise<void> {
    while (this.#suspended) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  async #wait(ms: number): Promise<void> {
    let left = ms;
    while (left > 0) {
      await this.#awake();
      const slice = Math.min(left, SLICE_MS);
      await new Promise((resolve) => setTimeout(resolve, slice));
      // A slice during which the guest was suspended counts; a guest's clock is no better than that.
      left -= slice;
    }
  }
}

/** How finely the time of a suspended guest is left out of its waits. */
const SLICE_MS = 20;
