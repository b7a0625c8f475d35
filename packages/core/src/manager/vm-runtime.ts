import type { Logger, Machine, MachineEvent, MachineExit, VmDriver } from '../contract/index.ts';
import { type Evidence, type Problem, type RungReport, VmError } from '../errors/index.ts';
import { type ConsoleWatcher, watchConsole } from '../readiness/index.ts';
import { isEnded, isRunning, type VmState } from '../state/index.ts';
import type { Clock } from '../util/clock.ts';
import { type Deferred, deferred } from '../util/deferred.ts';
import { EventHub } from './event-hub.ts';
import { type EndState, exitVerdict } from './exit-verdict.ts';
import { lastLines } from './last-lines.ts';
import { StateCell } from './state-cell.ts';
import type { VmEvent } from './vm-event.ts';
import type { VmHome } from './vm-home.ts';
import type { VmKey } from './vm-key.ts';
import { VmQueue } from './vm-queue.ts';

/** What becomes of the folder of a VM that has ended. */
export type Keep = 'always' | 'on-failure' | 'never';

/** What a runtime needs from its manager. */
export interface RuntimeOptions {
  /** Of this boot of the name. */
  readonly instanceId: string;
  readonly driver: VmDriver;
  readonly keep: Keep;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each event, for those who watch all VMs. */
  readonly onEvent: (event: VmEvent) => void;
}

/** How a VM ended, and what could not be cleaned up after it. */
export interface Ending {
  readonly state: EndState;
  readonly problems: readonly Problem[];
}

/** The longest time a timer of Node.js can have. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How many of the VMM log's last lines an error carries. */
const LOG_LINES = 20;

/**
 * One VM in this controller from the moment its name is taken until its end is cleaned up: its state, fed by events of the
 * hypervisor, the console and the callers. It polls nothing, and nothing here waits for another VM.
 */
export class VmRuntime {
  readonly key: VmKey;
  readonly instanceId: string;
  readonly driver: VmDriver;
  readonly cell: StateCell;
  readonly hub: EventHub<VmEvent> = new EventHub();
  readonly queue: VmQueue = new VmQueue();
  readonly clock: Clock;
  readonly logger: Logger;
  /** Settles when the VM has ended and its resources are released; never rejects. */
  readonly ended: Deferred<Ending> = deferred();
  /** Settles when the VM has ended or this controller has let go of it; never rejects. */
  readonly gone: Deferred<void> = deferred();
  /** Aborted with a reason when the VM is to be killed: pending operations give up. */
  killed: AbortController = new AbortController();
  /** The rung of the stop ladder that is being tried. */
  rung: RungReport['rung'] | null = null;
  /** Called at each readiness marker, whatever the state. */
  onMarker: (() => void) | null = null;
  /** A stop that is under way, for later callers to share. */
  stopping: Promise<unknown> | null = null;

  readonly #keep: Keep;
  readonly #onEvent: (event: VmEvent) => void;
  #detached = false;
  #home: VmHome | null = null;
  #machine: Machine | null = null;
  #watcher: ConsoleWatcher | null = null;
  #ending = false;

  constructor(key: VmKey, initial: VmState, options: RuntimeOptions) {
    this.key = key;
    this.instanceId = options.instanceId;
    this.cell = new StateCell(initial);
    this.driver = options.driver;
    this.clock = options.clock;
    this.logger = options.logger.child({ vm: key.name, namespace: key.namespace, driver: options.driver.id });
    this.#keep = options.keep;
    this.#onEvent = options.onEvent;
    this.cell.subscribe((state) => this.#publish({ type: 'state', at: this.#now(), state }));
  }

  /** Its place on disk. Throws `INVALID_STATE` before the name is taken. */
  get home(): VmHome {
    if (this.#home === null) throw this.invalidState('look into its folder');
    return this.#home;
  }

  /** The living machine. Throws `INVALID_STATE` while there is none or when this controller has let go of it. */
  get machine(): Machine {
    if (this.#machine === null || this.#detached) throw this.invalidState('operate on it');
    return this.#machine;
  }

  /** Whether this controller has let go of the living VM. */
  get detached(): boolean {
    return this.#detached;
  }

  /** The machine if there is one. */
  get machineOrNull(): Machine | null {
    return this.#machine;
  }

  /** Takes the place on disk and begins to watch the console from where this boot's output begins. */
  async settle(home: VmHome): Promise<void> {
    this.#home = home;
    const { spec, console: start, ready } = home.knownRecord;
    this.#watcher = await watchConsole({
      path: spec.serialLog,
      from: ready?.position ?? start,
      address: ready?.ip ?? null,
      clock: this.clock,
      onAddress: (ip) => this.#onAddress(ip),
      onProblem: (error) => this.warn('the console log cannot be read', error),
    });
  }

  /** Tells subscribers of a new VM's first state, to which no transition leads. */
  announce(): void {
    this.#publish({ type: 'state', at: this.#now(), state: this.cell.current });
  }

  /** Takes the machine that a driver has started or taken back. */
  async takeMachine(machine: Machine, state: 'running' | 'paused'): Promise<void> {
    this.#machine = machine;
    this.#stayAwake();
    void machine.exited.then((exit) => this.#onExit(exit));
    await this.home.save({ phase: 'live', process: machine.process, paused: state === 'paused' });
    this.cell.to({ status: state });
    this.#tellReadiness();
  }

  /**
   * A VM that this controller holds keeps the program alive, as an open server does, until it ends or is let go of. Otherwise a
   * program that awaits nothing but the VM's end would be over before it.
   */
  #stayAwake(): void {
    const handle = setInterval(() => undefined, LONGEST_TIMER_MS);
    void this.gone.promise.then(async () => {
      if (!this.#detached) await this.ended.promise;
      clearInterval(handle);
    });
  }

  /** What a driver reports about the machine; see `DriverContext.notify`. */
  readonly onMachineEvent = (event: MachineEvent): void => {
    switch (event.type) {
      case 'reset':
        void this.#onReset();
        break;
      case 'paused':
        if (isRunning(this.cell.current)) this.markPaused(true);
        break;
      case 'resumed':
        if (this.cell.current.status === 'paused') this.markPaused(false);
        break;
      case 'panicked':
        this.warn(`the guest kernel panicked${event.detail === undefined ? '' : `: ${event.detail}`}`);
        break;
    }
  };

  /** The vCPUs were suspended or go on. */
  markPaused(paused: boolean): void {
    this.#save({ paused });
    if (paused) {
      this.cell.to({ status: 'paused' });
      return;
    }
    if (this.cell.current.status !== 'paused') return;
    this.cell.to(this.awakeState());
  }

  /** The state of a guest that executes: ready if it has said so in this boot, else running. */
  awakeState(): VmState {
    const ip = this.#watcher?.address ?? null;
    return ip === null ? { status: 'running' } : { status: 'ready', ip };
  }

  /** What is known for an error. */
  async evidence(stage: string, elapsedMs: number): Promise<Evidence> {
    const state = this.cell.current;
    return {
      stage,
      elapsedMs: Math.round(elapsedMs),
      exit: isEnded(state) ? state.exit : null,
      consoleTail: this.#watcher?.tail() ?? [],
      vmmLogTail: this.#home === null ? [] : await lastLines(this.#home.layout.vmmLog, LOG_LINES),
    };
  }

  /** An `INVALID_STATE` for an operation that the present state does not allow. */
  invalidState(operation: string): VmError<'INVALID_STATE'> {
    const state = this.cell.current.status;
    return new VmError('INVALID_STATE', {
      vm: this.key.name,
      detail: this.#detached
        ? `cannot ${operation}: this manager has let go of it; open another and get('${this.key.name}')`
        : `cannot ${operation} while it is ${state}`,
      details: { state, operation },
    });
  }

  /** A failure in the background: told to subscribers and the log, since no caller waits for it. */
  warn(message: string, cause?: unknown): void {
    this.logger.warn({ event: 'vm.warning', err: cause }, message);
    const because = cause instanceof Error ? `: ${cause.message}` : '';
    this.#publish({ type: 'warning', at: this.#now(), message: `${message}${because}` });
  }

  /** Ends the VM's life in this controller in `state`: releases everything, writes the end down, gives the name back. Runs once. */
  async end(state: EndState): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    this.cell.to(state);
    this.gone.resolve();
    const problems = await this.#cleanUp(state);
    this.hub.close();
    this.ended.resolve({ state, problems });
  }

  /** Lets the living VM run on without this controller. */
  async detach(): Promise<void> {
    if (this.#ending) {
      await this.ended.promise;
      return;
    }
    this.#ending = true;
    this.#detached = true;
    this.gone.resolve();
    await this.queue.run(async () => {
      await this.#watcher?.close();
      await this.#machine?.detach();
      await this.#home?.letGo();
    });
    this.hub.close();
  }

  async #cleanUp(state: EndState): Promise<readonly Problem[]> {
    const problems: Problem[] = [];
    const step = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        this.logger.error({ event: 'vm.cleanup', err: error }, `${what} failed`);
        problems.push({ path: what, message: error instanceof Error ? error.message : String(error) });
      }
    };
    await step('closing the console log', async () => this.#watcher?.close());
    await step('closing the control connection', async () => this.#machine?.detach());
    const home = this.#home;
    if (home === null) return problems;
    await step('releasing resources', async () => problems.push(...(await home.releaseResources())));
    const remove = this.#keep === 'never' || (this.#keep === 'on-failure' && state.status === 'stopped');
    // What could not be released must stay findable.
    if (remove && problems.length === 0) await step('removing the folder', async () => home.removeFolder());
    else await step('writing the record', async () => home.saveEnd(state));
    await step('giving the name back', async () => home.letGo());
    return problems;
  }

  async #onExit(exit: MachineExit): Promise<void> {
    // The last words are read before anybody is told that the VM has ended: they belong to the evidence.
    try {
      await this.#watcher?.drain();
    } catch (error) {
      this.warn('the end of the console log cannot be read', error);
    }
    const verdict = exitVerdict(exit, { rung: this.rung }, this.#now(), await this.#lastWords(exit));
    this.logger.info({ event: 'vmm.exit', ...exit }, `VM ended: ${verdict.status}`);
    await this.end(verdict);
  }

  /** The line that tells most about an end: the kernel's own about a panic, else the VMM's last. */
  async #lastWords(exit: MachineExit): Promise<string | undefined> {
    if (exit.reason === 'panic') return this.#watcher?.tail().findLast((line) => line.includes('Kernel panic'));
    return (await lastLines(this.home.layout.vmmLog, 1)).at(-1);
  }

  async #onReset(): Promise<void> {
    if (this.cell.current.status === 'ready') this.cell.to({ status: 'running' });
    try {
      await this.#watcher?.reset();
    } catch (error) {
      this.warn('the console log cannot be read', error);
    }
    const watcher = this.#watcher;
    if (watcher !== null) this.#save({ ready: { ip: null, position: watcher.position() } });
    this.#publish({ type: 'reset', at: this.#now() });
    this.#tellReadiness();
  }

  #onAddress(ip: string): void {
    const watcher = this.#watcher;
    if (watcher !== null) this.#save({ ready: { ip, position: watcher.position() } });
    this.#tellReadiness();
    this.onMarker?.();
  }

  #tellReadiness(): void {
    const ip = this.#watcher?.address ?? null;
    const state = this.cell.current;
    if (ip === null || !isRunning(state) || (state.status === 'ready' && state.ip === ip)) return;
    this.cell.to({ status: 'ready', ip });
  }

  #save(change: Parameters<VmHome['save']>[0]): void {
    this.home.save(change).catch((error: unknown) => this.warn('the record cannot be written', error));
  }

  #publish(event: VmEvent): void {
    this.hub.publish(event);
    this.#onEvent(event);
    this.#home
      ?.logEvent(JSON.stringify(event))
      .catch((error: unknown) =>
        this.logger.warn({ event: 'vm.events', err: error }, 'the event cannot be written down'),
      );
  }

  #now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}
