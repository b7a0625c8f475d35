import type { Logger, Machine, MachineEvent, MachineExit, VmDriver } from '../../contract/index.ts';
import type { Evidence, Problem, RungReport, VmError } from '../../errors/index.ts';
import { isEnded, isRunning, type VmState } from '../../state/index.ts';
import type { Clock } from '../../util/clock.ts';
import type { VmHome } from '../home/vm-home.ts';
import type { Keep } from '../options/keep.ts';
import { invalidState } from '../refusals.ts';
import type { StopResult } from '../stop/stop-result.ts';
import type { VmKey } from '../vm-key.ts';
import type { Audience } from './audience.ts';
import { cleanUp, type Holdings, partWith } from './clean-up.ts';
import { type EndState, exitVerdict } from './exit-verdict.ts';
import type { RuntimeOptions, VmFiles } from './runtime-options.ts';
import { StateCell } from './state-cell.ts';
import { stayAwake } from './stay-awake.ts';
import { VmConsole } from './vm-console.ts';
import { VmLife } from './vm-life.ts';
import { VmNews } from './vm-news.ts';
import { VmQueue } from './vm-queue.ts';

/**
 * One VM in this controller from the moment its name is taken until its end is cleaned up: its state, fed by events of the
 * hypervisor, the console and the callers. It polls nothing, and nothing here waits for another VM.
 */
export class VmRuntime {
  readonly key: VmKey;
  readonly instanceId: string;
  readonly driver: VmDriver;
  readonly cell: StateCell;
  readonly news: VmNews;
  readonly queue: VmQueue = new VmQueue();
  readonly clock: Clock;
  readonly logger: Logger;
  readonly life: VmLife = new VmLife();
  /** Aborted with a reason when the VM is to be killed, or its start given up: pending operations give up. */
  killed: AbortController = new AbortController();
  /** The rung of the stop ladder that is being tried. */
  rung: RungReport['rung'] | null = null;
  /** Called at each readiness marker, whatever the state. */
  onMarker: (() => void) | null = null;
  /** The rungs that ended the VM; none when nobody here had a hand in it. */
  rungs: readonly RungReport[] = [];
  /** How the VM ended, as every stop tells it; null as long as not everything is cleaned up. */
  result: StopResult | null = null;
  /** Those in other controllers who look at the VM; null as long as none are let in. */
  audience: Audience | null = null;
  /** A stop that is under way, for later callers to share. */
  stopping: Promise<unknown> | null = null;
  /**
   * Set while it is not known whether the VM of that name is this one: an adoption is under way, or a boot is taking the name and may yet be
   * refused for a VM that lives. For later callers to wait for; never rejects.
   */
  undecided: Promise<unknown> | null = null;

  readonly #keep: Keep;
  readonly #console: VmConsole;
  readonly #remains: VmFiles | null;
  #home: VmHome | null = null;
  #machine: Machine | null = null;
  #exited: Promise<MachineExit> | null = null;

  constructor(key: VmKey, initial: VmState, options: RuntimeOptions) {
    this.key = key;
    this.instanceId = options.instanceId;
    this.cell = new StateCell(initial);
    this.driver = options.driver;
    this.clock = options.clock;
    this.logger = options.logger.child({ vm: key.name, namespace: key.namespace, driver: options.driver.id });
    this.#keep = options.keep;
    this.news = new VmNews({ ...options, logger: this.logger, home: () => this.#home });
    this.#remains = options.remains ?? null;
    this.#console = new VmConsole({
      clock: options.clock,
      files: () => (this.#home === null ? this.#remains : this.files),
      warn: (message, cause) => this.warn(message, cause),
      onAddress: () => this.#onAddress(),
    });
    this.cell.subscribe((state) => this.news.tell({ type: 'state', state }));
  }

  /** Its place on disk. Throws `INVALID_STATE` before the name is taken. */
  get home(): VmHome {
    if (this.#home === null) throw this.invalidState('look into its folder');
    return this.#home;
  }

  /** What it has on disk, as last written. Throws `INVALID_STATE` before the name is taken. */
  get files(): VmFiles {
    if (this.#remains !== null) return this.#remains;
    return { layout: this.home.layout, record: this.home.knownRecord };
  }

  /** The living machine. Throws `INVALID_STATE` while there is none or when this controller has let go of it. */
  get machine(): Machine {
    if (this.#machine === null || this.detached) throw this.invalidState('operate on it');
    return this.#machine;
  }

  /** Whether this controller has let go of the living VM. */
  get detached(): boolean {
    return this.life.parted.aborted;
  }

  /** The machine if there is one. */
  get machineOrNull(): Machine | null {
    return this.#machine;
  }

  /** The end of the machine; settles also when the driver breaks its promise that it does. Throws `INVALID_STATE` while there is none. */
  get exited(): Promise<MachineExit> {
    if (this.#exited === null) throw this.invalidState('operate on it');
    return this.#exited;
  }

  /** Takes the place on disk, which is let go of with the runtime. */
  hold(home: VmHome): void {
    this.#home = home;
  }

  /** Begins to watch the console from where this boot's output begins. */
  async watch(): Promise<void> {
    await this.#console.watch(this.home.knownRecord);
  }

  /** Tells subscribers of a new VM's first state, to which no transition leads. */
  announce(): void {
    this.news.tell({ type: 'state', state: this.cell.current });
  }

  /** Takes the machine that a driver has started or taken back. Its end is acted upon from when the record says that it lives. */
  async takeMachine(machine: Machine, state: 'running' | 'paused'): Promise<void> {
    this.#machine = machine;
    this.#exited = machine.exited.catch((error: unknown) => {
      this.warn(`driver '${this.driver.id}' cannot tell the end of the VM, which is taken as ended`, error);
      return { reason: 'unknown', code: null, signal: null };
    });
    stayAwake(this.life.finished.promise);
    await this.home.save({ phase: 'live', process: machine.process, paused: state === 'paused' });
    // A stop may have begun meanwhile.
    if (this.cell.current.status === 'starting') this.cell.to({ status: state });
    this.#tellReadiness();
    void this.#exited.then((exit) => this.#onExit(exit));
  }

  /** What a driver reports about the machine; see `DriverContext.notify`. */
  readonly onMachineEvent = (event: MachineEvent): void => {
    if (this.life.closing) return;
    switch (event.type) {
      case 'reset':
        void this.#onReset();
        break;
      case 'paused':
        if (isRunning(this.cell.current)) this.become({ status: 'paused' });
        break;
      case 'resumed':
        if (this.cell.current.status === 'paused') this.become(this.awakeState());
        break;
      case 'panicked':
        this.warn(`the guest kernel panicked${event.detail === undefined ? '' : `: ${event.detail}`}`);
        break;
    }
  };

  /** The vCPUs were suspended or go on, or a stop has failed: the VM is in `state`, as its record is to say. */
  become(state: VmState): void {
    this.#save({ paused: state.status === 'paused' });
    this.cell.to(state);
  }

  /** The state of a guest that executes: ready if it has said so in this boot, else running. */
  awakeState(): VmState {
    const ip = this.#console.address;
    return ip === null ? { status: 'running' } : { status: 'ready', ip };
  }

  /** What is known for an error. */
  evidence(stage: string, elapsedMs: number): Promise<Evidence> {
    const state = this.cell.current;
    return this.#console.evidence(stage, elapsedMs, isEnded(state) ? state.exit : null);
  }

  /** An `INVALID_STATE` for an operation that the present state does not allow. */
  invalidState(operation: string, cause?: unknown): VmError<'INVALID_STATE'> {
    return invalidState(this.key.name, operation, this.cell.current.status, this.detached, cause);
  }

  /** See {@link VmNews.warn}. */
  warn(message: string, cause?: unknown): void {
    this.news.warn(message, cause);
  }

  /** Ends the VM's life in this controller in `state`: releases everything, writes the end down, gives the name back. Runs once. */
  end(state: EndState): Promise<void> {
    const clean = async (): Promise<readonly Problem[]> => {
      const problems = await cleanUp(this.#holdings(), state, this.#keep);
      this.news.hub.close();
      this.audience?.closeDoors();
      return problems;
    };
    return this.life.end(
      state,
      () => this.cell.to(state),
      clean,
      async () => this.audience?.tellEnd(),
    );
  }

  /** Takes over that the VM had ended in `state` before this controller looked. */
  hasEnded(state: EndState): Promise<void> {
    this.news.hub.close();
    return this.life.end(
      state,
      () => undefined,
      async () => [],
      async () => undefined,
    );
  }

  /** Lets the living VM run on without this controller. A stop under way is finished first, other operations are given up. */
  detach(): Promise<void> {
    // Whoever asked for the stop hears how it went. A VM that is stopped half would be nobody's.
    return this.life.part(
      () => this.stopping,
      async () => {
        // While the name is still held: the next holder listens at the same place.
        await this.audience?.tellParting();
        await this.queue.run(() => partWith(this.#holdings()));
        this.news.hub.close();
      },
    );
  }

  #holdings(): Holdings {
    const { clock, logger } = this;
    return { home: this.#home, machine: this.#machine, console: this.#console, clock, logger };
  }

  async #onExit(exit: MachineExit): Promise<void> {
    // The last words are read before anybody is told that the VM has ended: they belong to the evidence.
    await this.#console.drain();
    const lastWords = await this.#console.lastWords(exit);
    const verdict = exitVerdict(exit, { rung: this.rung }, this.news.now(), lastWords);
    this.logger.info({ event: 'vmm.exit', ...exit }, `VM ended: ${verdict.status}`);
    await this.end(verdict);
  }

  async #onReset(): Promise<void> {
    if (this.cell.current.status === 'ready') this.cell.to({ status: 'running' });
    await this.#console.reset();
    this.#save({ ready: this.#console.readiness });
    this.news.tell({ type: 'reset' });
    this.#tellReadiness();
  }

  #onAddress(): void {
    this.#save({ ready: this.#console.readiness });
    this.#tellReadiness();
    this.onMarker?.();
  }

  #tellReadiness(): void {
    const ip = this.#console.address;
    const state = this.cell.current;
    if (ip === null || !isRunning(state) || (state.status === 'ready' && state.ip === ip)) return;
    this.cell.to({ status: 'ready', ip });
  }

  #save(change: Parameters<VmHome['save']>[0]): void {
    if (this.life.closing) return;
    this.home.save(change).catch((error: unknown) => this.warn('the record cannot be written', error));
  }
}
