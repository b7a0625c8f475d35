import type { AppleVzAddon, MachineEvent } from '@vmrs/applevz-addon';
import {
  type Hello,
  type HostEvent,
  type HowItEnded,
  type Nothing,
  type Operation,
  type Operations,
  PROTOCOL,
  type WireMachineSpec,
} from '../control/protocol.ts';
import { toWireFailure } from '../control/wire-failure.ts';
import { type Assembly, assemble } from './assemble.ts';
import { settledWithin } from './settled-within.ts';

/** How long a kernel that has panicked may go on to say why. */
const LAST_WORDS_MS = 500;
/** How long the framework may take to end a machine before it is let go of as it is. */
const STOP_MS = 5_000;

const NOTHING: Nothing = {};

/** What a {@link MachineHost} is made with. */
export interface MachineHostInit {
  readonly addon: AppleVzAddon;
  /** Path of the unix socket for the machine's vsock device. */
  readonly vsockSocket: string;
  /** All events but the last, which is {@link MachineHost.ended}. */
  readonly onEvent: (event: HostEvent) => void;
  /** A line for the host's own log. */
  readonly note: (line: string) => void;
  /** Told what the machine is called, and which of this process's descriptors it has duplicated, once it is made. */
  readonly onCreated?: (label: string, descriptors: readonly number[]) => void;
}

type Handlers = { readonly [O in Operation]: (args: Operations[O][0]) => Promise<Operations[O][1]> };

/** Holds one machine from its making to its end, and does to it what controllers ask for. Knows nothing of how they ask. */
export class MachineHost {
  /** How the machine ended. By then it is let go of, and what its guest said is in the log. */
  readonly ended: Promise<HowItEnded>;
  readonly #init: MachineHostInit;
  readonly #handlers: Handlers = this.#handlersOf();
  readonly #resolveEnded: (how: HowItEnded) => void;
  #assembly: Assembly | null = null;
  /** Resolves when nothing is being made. */
  #creating: Promise<unknown> = Promise.resolve();
  #started = false;
  #stopping: Promise<void> | null = null;
  #ending: Promise<void> | null = null;
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(init: MachineHostInit) {
    this.#init = init;
    const { promise, resolve } = Promise.withResolvers<HowItEnded>();
    this.ended = promise;
    this.#resolveEnded = resolve;
  }

  /** What there is to say to a controller that comes. */
  get hello(): Hello {
    return { hello: 'vmrs-applevz-host', protocol: PROTOCOL, pid: process.pid, started: this.#started };
  }

  /** Does `op`. Rejects with the framework's failure, or an error of the host's own. */
  call<O extends Operation>(op: O, args: Operations[O][0]): Promise<Operations[O][1]> {
    return this.#handlers[op](args);
  }

  /** Ends the machine, if there is one, at once and whatever it takes; it has then ended so. Never rejects. */
  async stop(how: HowItEnded): Promise<void> {
    const stopping = this.#stopMachine();
    stopping.catch((error: Error) => {
      if (this.#ending === null) this.#init.note(`the machine did not stop, and is let go of: ${error.message}`);
    });
    await settledWithin(stopping, STOP_MS);
    await this.end(how);
  }

  /** Lets go of the machine, running or not; it has then ended so, unless it had before. Never rejects. */
  end(how: HowItEnded): Promise<void> {
    this.#ending ??= this.#end(how);
    return this.#ending;
  }

  /** Lets go of the machine and nothing else: for a process that has no time left. */
  abandon(): void {
    this.#assembly?.machine.close();
  }

  async #end(how: HowItEnded): Promise<void> {
    await this.#creating;
    const assembly = this.#assembly;
    // Its end is told whatever happens: nobody would wait for a host that does not end.
    await assembly?.dismantle().catch((error: Error) => this.#init.note(`something of it is left: ${error.message}`));
    // Whatever came of it: the panic was first.
    const detail = assembly?.console.panic ?? null;
    this.#resolveEnded(detail === null ? how : { by: 'panic', detail });
  }

  #handlersOf(): Handlers {
    return {
      create: ({ spec }) => this.#inTurn(() => this.#create(spec)),
      start: () => this.#inTurn(() => this.#start(({ machine }) => machine.start())),
      restore: ({ path }) => this.#inTurn(() => this.#start(({ machine }) => machine.restore(path))),
      pause: () => this.#inTurn(() => this.#do(({ machine }) => machine.pause(), { event: 'paused' })),
      resume: () => this.#inTurn(() => this.#do(({ machine }) => machine.resume(), { event: 'resumed' })),
      save: ({ path }) => this.#inTurn(() => this.#do(({ machine }) => machine.save(path))),
      'check-save': () => this.#inTurn(() => this.#do(({ machine }) => machine.checkSaveSupport())),
      // These go ahead of whatever is under way.
      state: () => this.#state(),
      'request-stop': () => this.#do(({ machine }) => machine.requestStop()),
      stop: () => this.#stopAsTold(),
      'set-memory-target': ({ bytes }) => this.#do(({ machine }) => machine.setMemoryTarget(bytes)),
      'listen-vsock': ({ port }) => this.#do((assembly) => vsockOf(assembly).listen(port)),
      'unlisten-vsock': ({ port }) => this.#do(({ machine }) => machine.unlistenVsock(port)),
    };
  }

  async #create(spec: WireMachineSpec): Promise<Operations['create'][1]> {
    if (this.#assembly !== null) throw new Error('this host has made its machine already');
    if (this.#ending !== null) throw new Error('this host is ending');
    const making = this.#assemble(spec);
    this.#creating = making.catch(() => undefined); // Its caller is told.
    const { machineId } = (await making).machine;
    const descriptors = spec.networks.flatMap((network) => (network.kind === 'socket' ? [network.fd] : []));
    this.#init.onCreated?.(spec.label, descriptors);
    return { machineId: machineId === null ? null : Buffer.from(machineId).toString('base64') };
  }

  async #assemble(spec: WireMachineSpec): Promise<Assembly> {
    const { addon, vsockSocket, note } = this.#init;
    const assembly = await assemble(spec, {
      addon,
      vsockSocket,
      note,
      onMachineEvent: (event) => this.#onMachineEvent(event),
      onPanic: (detail) => void this.#onPanic(detail),
    });
    this.#assembly = assembly;
    return assembly;
  }

  async #start(begin: (assembly: Assembly) => Promise<void>): Promise<Nothing> {
    await this.#do(begin);
    this.#started = true;
    return NOTHING;
  }

  async #do(work: (assembly: Assembly) => Promise<void>, event?: HostEvent): Promise<Nothing> {
    await work(this.#living());
    if (event !== undefined && !this.#isEnding()) this.#init.onEvent(event);
    return NOTHING;
  }

  async #state(): Promise<Operations['state'][1]> {
    if (this.#ending !== null) return { state: 'stopped' };
    return { state: await this.#living().machine.state() };
  }

  async #stopAsTold(): Promise<Nothing> {
    await this.#stopMachine().catch((error: unknown) => {
      // It has ended by itself in the meantime, and been let go of.
      if (this.#ending === null) throw error;
    });
    void this.end({ by: 'told' });
    return NOTHING;
  }

  /** One stop at a time: the framework takes a second for a mistake. */
  #stopMachine(): Promise<void> {
    if (this.#ending !== null || this.#assembly === null) return Promise.resolve();
    this.#stopping ??= this.#assembly.machine.stop().finally(() => {
      this.#stopping = null;
    });
    return this.#stopping;
  }

  #living(): Assembly {
    if (this.#ending !== null) throw new Error('the machine has ended');
    if (this.#assembly === null) throw new Error('no machine was made yet');
    return this.#assembly;
  }

  #isEnding(): boolean {
    return this.#ending !== null;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined); // Its caller is told.
    return turn;
  }

  #onMachineEvent(event: MachineEvent): void {
    if (this.#ending !== null) return;
    switch (event.type) {
      case 'guest-stopped':
        void this.end({ by: 'guest' });
        break;
      case 'stopped-with-error':
        void this.end({ by: 'failure', failure: toWireFailure(event.error) });
        break;
      case 'network-disconnected':
        this.#init.onEvent({
          event: 'network-disconnected',
          index: event.index,
          failure: toWireFailure(event.error),
        });
        break;
    }
  }

  async #onPanic(detail: string): Promise<void> {
    this.#init.onEvent({ event: 'panicked', detail });
    const lastWords = this.#assembly?.console.lastWords ?? Promise.resolve();
    await settledWithin(Promise.race([lastWords, this.ended]), LAST_WORDS_MS);
    await this.stop({ by: 'panic', detail });
  }
}

function vsockOf({ vsock }: Assembly): NonNullable<Assembly['vsock']> {
  if (vsock === null) throw new Error('the machine has no vsock device');
  return vsock;
}
