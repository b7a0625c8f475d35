import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, ControlServer } from './control-server.ts';
import { Guest, type GuestPosition } from './guest.ts';
import type { GuestScript, VmmStep } from './guest-script.ts';
import type { Command, GuestStatus } from './protocol.ts';
import { readGuestScript } from './script-file.ts';
import { serveVsock } from './vsock-server.ts';

/** The command line of the stand-in VMM, parsed. */
export interface VmmOptions {
  /** Path of the control socket to make. */
  readonly control: string;
  /** File that receives the guest's console, appended. */
  readonly serial: string;
  /** File written by `writeGuestScript`. */
  readonly kernel: string;
  /** Path of the vsock socket to make, if the guest has such a device. */
  readonly vsock?: string | undefined;
  /** File written by the command `save`; the guest comes up paused where it was. */
  readonly restore?: string | undefined;
  /** Files that must be readable and are otherwise ignored. */
  readonly disks: readonly string[];
}

/** The stand-in VMM: a guest, its console, and the control socket. Ends the process when the guest ends. */
export class StandInVmm {
  readonly #options: VmmOptions;
  readonly #guest: Guest;
  readonly #server: ControlServer;
  readonly #helpers: ChildProcess[] = [];

  private constructor(options: VmmOptions, script: GuestScript, position: GuestPosition | undefined) {
    this.#options = options;
    this.#server = new ControlServer(script.vmm?.control ?? 'answers', (command) => this.#obey(command));
    this.#guest = new Guest(
      script,
      {
        print: (bytes) => appendFileSync(options.serial, bytes),
        reset: () => void this.#server.tell({ event: 'reset' }),
        perform: (step) => this.#perform(step),
      },
      position,
    );
  }

  /** Starts it; resolves when it executes its guest. */
  static async start(options: VmmOptions): Promise<void> {
    const script = await readGuestScript(options.kernel);
    const { exitAtStart, startDelayMs = 0, sigterm } = script.vmm ?? {};
    if (exitAtStart !== undefined) {
      process.stderr.write(`stand-in VMM: told to exit at its start with code ${exitAtStart}\n`);
      process.exit(exitAtStart);
    }
    if (sigterm === 'ignored') process.on('SIGTERM', () => process.stderr.write('stand-in VMM: SIGTERM ignored\n'));
    for (const disk of options.disks) await readFile(disk);
    const position = options.restore === undefined ? undefined : await readPosition(options.restore);
    if (startDelayMs > 0) await sleep(startDelayMs);
    const vmm = new StandInVmm(options, script, position);
    if (options.vsock !== undefined) await serveVsock(options.vsock);
    if (position === undefined) vmm.#guest.resume();
    await vmm.#server.listen(options.control);
    await vmm.#guest.play();
  }

  get #status(): GuestStatus {
    return this.#guest.suspended ? 'paused' : 'running';
  }

  async #obey(command: Command): Promise<Answer> {
    switch (command.do) {
      case 'status':
        break;
      case 'power-button':
        return { status: this.#status, afterwards: () => void this.#guest.pressPowerButton() };
      case 'quit':
        return { status: this.#status, afterwards: () => this.#end('quit', 0) };
      case 'steps':
        return { status: this.#status, afterwards: () => void this.#guest.inject(command.steps) };
      case 'pause':
        if (this.#guest.suspended) throw new Error('the guest is paused already');
        this.#guest.suspend();
        await this.#server.tell({ event: 'paused' });
        break;
      case 'resume':
        if (!this.#guest.suspended) throw new Error('the guest is not paused');
        this.#guest.resume();
        await this.#server.tell({ event: 'resumed' });
        break;
      case 'save':
        if (!this.#guest.suspended) throw new Error('the guest is not paused');
        await writeFile(command.file, JSON.stringify(this.#guest.position), { flag: 'wx', mode: 0o600 });
        break;
    }
    return { status: this.#status };
  }

  #perform(step: VmmStep): void {
    switch (step.do) {
      case 'power-off':
        appendFileSync(this.#options.serial, 'stand-in guest: powering off\n');
        this.#end('power-off', 0);
        break;
      case 'panic':
        appendFileSync(this.#options.serial, 'Kernel panic - not syncing: stand-in guest\n');
        void this.#server.tell({ event: 'panicked' });
        if (step.stays !== true) this.#end('panic', 0);
        break;
      case 'exit':
        process.stderr.write(`stand-in VMM: exiting with code ${step.code}\n`);
        process.exit(step.code);
        break;
      case 'crash':
        process.kill(process.pid, step.signal);
        break;
      case 'control':
        this.#server.mode = step.mode;
        break;
      case 'fork':
        this.#helpers.push(spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], { stdio: 'ignore' }));
        break;
    }
  }

  #end(reason: 'power-off' | 'panic' | 'quit', code: number): void {
    this.#guest.suspend();
    for (const helper of this.#helpers) helper.kill();
    void this.#server.tell({ event: 'ending', reason }).finally(() => process.exit(code));
  }
}

async function readPosition(file: string): Promise<GuestPosition> {
  return JSON.parse(await readFile(file, 'utf8')) as GuestPosition;
}
