import type { Socket } from 'node:net';
import { Duplex, pipeline } from 'node:stream';
import { isVmError } from '../../errors/index.ts';
import type { LocalVm } from '../local-vm.ts';
import { LineSocket } from './line-socket.ts';
import { clientMessage } from './parse-message.ts';
import { type Call, type OwnerMessage, PROTOCOL_VERSION, type Speaker } from './protocol.ts';
import { toWire } from './wire-error.ts';

/** How much one client may ask for at the same time before it is hung up on. */
const MOST_CALLS = 256;

/** One client of a VM's holder. */
export class OwnerSession {
  readonly #vm: LocalVm;
  readonly #lines: LineSocket;
  readonly #onClosed: () => void;
  readonly #calls = new Map<number, AbortController>();
  /** The connection once it is the guest's. */
  #raw: Socket | null = null;
  #welcomed = false;

  constructor(socket: Socket, vm: LocalVm, onClosed: () => void) {
    this.#vm = vm;
    this.#onClosed = onClosed;
    this.#lines = new LineSocket(socket, {
      onMessage: (message) => this.#onMessage(message),
      onClosed: () => this.#close(),
    });
  }

  /** Tells the client something, if it has come in. */
  tell(message: OwnerMessage): void {
    if (this.#welcomed) this.#lines.send(message);
  }

  /** Tells it a last thing and hangs up; resolves within bounds, and never rejects. */
  async tellLast(message: OwnerMessage): Promise<void> {
    if (this.#raw !== null) this.#raw.destroy();
    else if (this.#welcomed) await this.#lines.sendLast(message);
    else this.#lines.hangUp();
  }

  #onMessage(value: object): void {
    const message = clientMessage(value);
    if (message === null) this.#lines.hangUp();
    else if ('hello' in message) this.#greet(message.hello);
    else if (!this.#welcomed) this.#lines.hangUp();
    else if ('ping' in message) this.#lines.send({ pong: true });
    else if ('cancel' in message) this.#calls.get(message.cancel)?.abort(new Error('the caller gave up'));
    else this.#take(message.id, message.call);
  }

  #greet({ protocol }: Speaker): void {
    const me: Speaker = { protocol: PROTOCOL_VERSION, pid: process.pid };
    if (protocol !== PROTOCOL_VERSION) {
      void this.#lines.sendLast({ refused: me });
      return;
    }
    const { instanceId, driver, capabilities, process: vmm, files, cell } = this.#vm;
    this.#welcomed = true;
    this.tell({ welcome: { ...me, instanceId, driver, capabilities, process: vmm, state: cell.current, files } });
  }

  #take(id: number, call: Call): void {
    if (this.#calls.has(id) || this.#calls.size >= MOST_CALLS) this.#lines.hangUp();
    else void this.#answer(id, call);
  }

  async #answer(id: number, call: Call): Promise<void> {
    const caller = new AbortController();
    this.#calls.set(id, caller);
    try {
      const ok = (await this.#carryOut(call, caller.signal)) ?? null;
      if (ok instanceof Duplex) this.#bridge(id, ok, caller.signal);
      else this.tell({ id, ok });
    } catch (error) {
      // It did not happen because the VM has ended or is being let go of. That is about to be told, in the words of who asked.
      if (this.#vm.leaving && isVmError(error, 'INVALID_STATE')) return;
      this.tell({ id, error: toWire(error, call.do) });
    } finally {
      this.#calls.delete(id);
    }
  }

  #carryOut(call: Call, signal: AbortSignal): Promise<unknown> {
    switch (call.do) {
      case 'stop':
        return this.#vm.stop(call.options);
      case 'kill':
        return this.#vm.kill();
      case 'pause':
        return this.#vm.pause(signal);
      case 'resume':
        return this.#vm.resume(signal);
      case 'snapshot':
        return this.#vm.snapshot(call.directory, { disks: call.disks, signal });
      case 'operate':
        return this.#vm.operate(call.name, call.args, signal);
      case 'evidence':
        return this.#vm.evidence(call.stage, call.elapsedMs);
      case 'vsock':
        return this.#vm.vsock(call.port, signal);
    }
  }

  /** The connection is the guest's from now on. */
  #bridge(id: number, guest: Duplex, caller: AbortSignal): void {
    if (caller.aborted) {
      guest.destroy();
      return;
    }
    this.tell({ id, ok: null });
    const socket = this.#lines.handOver();
    this.#raw = socket;
    socket.once('close', () => this.#close());
    // Each direction ends for itself; when one breaks, so does the other.
    pipeline(guest, socket, (error) => {
      if (error) guest.destroy();
    });
    pipeline(socket, guest, (error) => {
      if (error) socket.destroy();
    });
  }

  #close(): void {
    for (const caller of this.#calls.values()) caller.abort(new Error('the connection of the caller has ended'));
    this.#onClosed();
  }
}
