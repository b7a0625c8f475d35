import {
  type BootSpec,
  type ContractVersion,
  type DriverCapabilities,
  type DriverContext,
  linkAborts,
  type Machine,
  type MachineEvent,
  type MachineRecord,
  type ProbeReport,
  type Problem,
  raceAbort,
  type SnapshotRef,
  type VmDriver,
  type VmProcess,
} from '@vmrs/core/driver';
import { observeMachine } from './observed-machine.ts';

/** One call of `boot`, `adopt` or `restore`, as the driver saw it and what came of it. */
export interface Session {
  readonly how: 'boot' | 'adopt' | 'restore';
  readonly instanceId: string;
  /** The driver's own signal: nobody but the driver listens to it. */
  readonly signal: AbortSignal;
  readonly context: DriverContext;
  /** What the driver reported through `notify`. */
  readonly events: MachineEvent[];
  /** Names of the machine's methods that were called by core, in order. */
  readonly calls: string[];
  /** What the driver started through core. */
  readonly spawned: VmProcess[];
  /** The driver's machine; null until it resolves. */
  machine: Machine | null;
  /** Settles like the driver's call. */
  outcome: Promise<Machine>;
}

/** What a check may do at certain moments. */
export interface Hooks {
  /** Before the driver's `boot` or `restore` is called. */
  beforeStart?(session: Session): Promise<void>;
  /** Before the driver's `adopt` is called, with everything it will be given. */
  beforeAdopt?(record: MachineRecord, session: Session): Promise<void>;
  /** When the driver has started a process. */
  onSpawn?(session: Session, spawned: VmProcess): void;
  /** In place of the driver's `validate`. */
  aroundValidate?(spec: BootSpec, validate: () => Promise<readonly Problem[]>): Promise<readonly Problem[]>;
}

/** A driver with a window in it: passes everything on to the driver under test and shows what happens between it and core. */
export class ObservedDriver implements VmDriver {
  /** The driver under test. */
  readonly inner: VmDriver;
  readonly operations?: readonly string[];
  readonly restore?: NonNullable<VmDriver['restore']>;
  readonly sessions: Session[] = [];
  readonly hooks: Hooks = {};

  constructor(inner: VmDriver) {
    this.inner = inner;
    const { restore, operations } = inner;
    if (operations !== undefined) this.operations = operations;
    if (restore !== undefined) {
      this.restore = (snapshot: SnapshotRef, spec, context) =>
        this.#observe('restore', context, (own) => restore.call(inner, snapshot, spec, own));
    }
  }

  get id(): string {
    return this.inner.id;
  }

  get contract(): ContractVersion {
    return this.inner.contract;
  }

  get capabilities(): DriverCapabilities {
    return this.inner.capabilities;
  }

  probe(options?: { signal?: AbortSignal }): Promise<ProbeReport> {
    return this.inner.probe(options);
  }

  async validate(spec: BootSpec): Promise<readonly Problem[]> {
    const validate = (): Promise<readonly Problem[]> => this.inner.validate(spec);
    return this.hooks.aroundValidate === undefined ? validate() : this.hooks.aroundValidate(spec, validate);
  }

  boot(spec: BootSpec, context: DriverContext): Promise<Machine> {
    return this.#observe('boot', context, (own) => this.inner.boot(spec, own));
  }

  adopt(record: MachineRecord, context: DriverContext): Promise<Machine> {
    return this.#observe('adopt', context, async (own, session) => {
      await this.hooks.beforeAdopt?.(record, session);
      return this.inner.adopt(record, own);
    });
  }

  /** The last session of that boot. Throws when there is none. */
  session(instanceId: string): Session {
    const session = this.sessions.findLast((candidate) => candidate.instanceId === instanceId);
    if (session === undefined) throw new Error(`the driver was never asked for instance ${instanceId}`);
    return session;
  }

  /** The driver's own machine of that boot, not the observed one. Throws when there is none. */
  machine(instanceId: string): Machine {
    const { machine } = this.session(instanceId);
    if (machine === null) throw new Error(`the driver has no machine for instance ${instanceId}`);
    return machine;
  }

  async #observe(
    how: Session['how'],
    context: DriverContext,
    work: (own: DriverContext, session: Session) => Promise<Machine>,
  ): Promise<Machine> {
    // A signal of its own, so that what is left on it was left by the driver.
    const link = linkAborts(context.signal);
    const events: MachineEvent[] = [];
    const spawned: VmProcess[] = [];
    const own: DriverContext = {
      ...context,
      signal: link.signal,
      notify: (event) => {
        events.push(event);
        context.notify(event);
      },
      processes: {
        attach: (role, identity, hint) => context.processes.attach(role, identity, hint),
        spawn: async (command) => {
          const started = await context.processes.spawn(command);
          spawned.push(started);
          this.hooks.onSpawn?.(session, started);
          return started;
        },
      },
    };
    const { promise: outcome, resolve, reject } = Promise.withResolvers<Machine>();
    outcome.catch(() => undefined); // The failure goes to core, which has its own copy.
    const session: Session = {
      how,
      instanceId: context.vm.instanceId,
      signal: link.signal,
      context: own,
      events,
      calls: [],
      spawned,
      machine: null,
      outcome,
    };
    this.sessions.push(session);
    try {
      if (how !== 'adopt' && this.hooks.beforeStart !== undefined) {
        await raceAbort(this.hooks.beforeStart(session), link.signal);
      }
      const machine = await work(own, session);
      session.machine = machine;
      resolve(machine);
      return observeMachine(machine, session.calls);
    } catch (error) {
      reject(error);
      throw error;
    } finally {
      link.dispose();
    }
  }
}
