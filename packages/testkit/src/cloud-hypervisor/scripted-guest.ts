import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guest, GuestEvents } from './guest.ts';

/** File of a snapshot that says how far the script was. */
const STATE_FILE = 'scripted-guest.json';

/** What the guest says it is at. */
const ADDRESS = '10.0.2.15';

type Step = { readonly afterMs: number; readonly act: (guest: ScriptedGuest) => void };

/** Milliseconds of work before each step; time in which it is suspended does not count. */
const BOOT_MS = 15;
const STEP_MS = 30;

/**
 * A guest that is played: it says what a kernel and the init of `@vmrs/guest` say, and obeys the same hooks in the kernel command line, so that one configuration does the same
 * here and in a real guest: `vmrs.test=no-marker`, `ignore-power-button`, `panic`, `panic-after-ready`, `poweroff-after-ready`, `reboot-once`, `late-marker`; and `power-off`, where a real guest
 * has a script in its initramfs.
 */
export class ScriptedGuest implements Guest {
  readonly #events: GuestEvents;
  readonly #hooks: ReadonlySet<string>;
  readonly #steps: readonly Step[];
  readonly #restoreFrom: string | null;
  #next = 0;
  #timer: NodeJS.Timeout | null = null;
  #ended = false;

  /** `boot` counts the boots of this VM from 0. */
  constructor(
    cmdline: string,
    boot: number,
    events: GuestEvents,
    options: { readonly pvpanic: boolean; readonly restoreFrom: string | null },
  ) {
    this.#events = events;
    this.#hooks = new Set(/(?:^| )vmrs\.test=(\S+)/.exec(cmdline)?.[1]?.split(',') ?? []);
    this.#steps = this.#script(boot, options.pvpanic);
    this.#restoreFrom = options.restoreFrom;
  }

  async start(): Promise<void> {
    if (this.#restoreFrom === null) return this.#goOn();
    const saved: unknown = JSON.parse(await readFile(join(this.#restoreFrom, STATE_FILE), 'utf8'));
    if (typeof saved === 'object' && saved !== null && 'next' in saved) this.#next = Number(saved.next);
  }

  async pressPowerButton(): Promise<void> {
    if (this.#hooks.has('ignore-power-button')) return;
    setTimeout(() => this.#powerOff(), STEP_MS);
  }

  async suspend(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async resume(): Promise<void> {
    this.#goOn();
  }

  async save(directory: string): Promise<void> {
    await writeFile(join(directory, STATE_FILE), JSON.stringify({ next: this.#next }), { flag: 'wx' });
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.suspend();
  }

  #goOn(): void {
    const step = this.#steps[this.#next];
    if (step === undefined || this.#ended || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#next += 1;
      step.act(this);
      this.#goOn();
    }, step.afterMs);
  }

  #script(boot: number, pvpanic: boolean): readonly Step[] {
    const has = (hook: string): boolean => this.#hooks.has(hook);
    const { print } = this.#events;
    const step = (act: () => void, afterMs = STEP_MS): Step => ({ afterMs, act });
    const panic = step(() => {
      print('Kernel panic - not syncing: sysrq triggered crash\r\n');
      if (pvpanic) this.#events.panicked();
      this.#events.reset();
    });
    const steps = [step(() => print('Linux version 6.1.0-scripted (stand-in)\r\n'), BOOT_MS)];
    if (has('panic')) return [...steps, panic];
    if (has('power-off')) return [...steps, step(() => print('enough\r\n')), step(() => this.#powerOff())];
    if (has('no-marker')) return steps;
    steps.push(step(() => print(`VMRS_READY ${ADDRESS}\r\n`), has('late-marker') ? 3_000 : STEP_MS));
    if (has('panic-after-ready')) steps.push(panic);
    if (has('poweroff-after-ready')) steps.push(step(() => this.#powerOff()));
    if (has('reboot-once') && boot === 0) steps.push(step(() => this.#events.reset()));
    return steps;
  }

  #powerOff(): void {
    if (!this.#ended) this.#events.poweredOff();
  }
}
