import type { AppleVzAddon } from '@vmrs/applevz-addon';
import { type AbortOptions, raceAbort } from '@vmrs/core/driver';
import { operationFailed } from '../control/operation-error.ts';
import type { Hello, HostEvent, HostLink, Operation, Operations } from '../control/protocol.ts';
import { toWireFailure } from '../control/wire-failure.ts';
import { exitOf } from './exit-words.ts';
import { MachineHost } from './machine-host.ts';

/** What an {@link InProcessHost} is made with. */
export interface InProcessHostInit {
  readonly addon: AppleVzAddon;
  /** Name of the VM, for messages. */
  readonly vm: string;
  /** Path of the unix socket for the machine's vsock device. */
  readonly vsockSocket: string;
  /** Told what happens, as by a host process: `ended` is the last. */
  readonly onEvent: (event: HostEvent) => void;
  /** A line for the VM's log: what a host process would write to its stderr. */
  readonly note: (line: string) => void;
}

/**
 * A host in this process, which must be entitled. Its machine ends with this process. Keeps the process alive only while something of it is under way. The descriptors of
 * its networks stay the caller's.
 */
export class InProcessHost implements HostLink {
  readonly closed: Promise<void>;
  readonly #machine: MachineHost;
  readonly #vm: string;
  #listening = true;

  constructor({ vm, addon, vsockSocket, note, onEvent }: InProcessHostInit) {
    this.#vm = vm;
    const tell = (event: HostEvent): void => {
      if (this.#listening) onEvent(event);
    };
    this.#machine = new MachineHost({ addon, vsockSocket, note, onEvent: tell });
    this.closed = this.#machine.ended.then((how) => {
      note(exitOf(how, false).words);
      tell({ event: 'ended', how });
    });
  }

  get hello(): Hello {
    return this.#machine.hello;
  }

  async call<O extends Operation>(
    op: O,
    args: Operations[O][0],
    { signal }: AbortOptions = {},
  ): Promise<Operations[O][1]> {
    signal?.throwIfAborted();
    const answer = this.#machine.call(op, args).catch((error: unknown) => {
      throw operationFailed(op, toWireFailure(error), this.#vm);
    });
    answer.catch(() => undefined); // Of a call that was given up.
    return raceAbort(answer, signal);
  }

  /** Hears nothing more. A machine that was started lives on, as long as this process; another one is let go of. */
  close(): void {
    this.#listening = false;
    if (!this.#machine.hello.started) void this.#machine.end({ by: 'told' });
  }

  /** What SIGKILL is to a host process: the machine is let go of at once, whatever it does. Resolves when it is gone. Idempotent, never rejects. */
  async kill(): Promise<void> {
    await this.#machine.end({ by: 'told' });
  }
}
