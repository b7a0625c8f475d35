import type { MachineSpec, NativeState, NetworkSpec } from '@vmrs/applevz-addon';

/**
 * What a controller and a host process say to each other: JSON, one message per line, over a unix socket of the VM's runtime directory. The host begins with a
 * {@link Hello}; a controller asks by {@link Request}s, each answered by one {@link Reply}, in any order; {@link HostEvent}s come unasked, to every controller that is connected.
 * Nothing in it depends on Node.js, so that another host may be written.
 */

/** Version of this protocol. A controller refuses a host of another one. */
export const PROTOCOL = 1;

/** Longest line that either side accepts, in bytes. */
export const MAX_LINE_BYTES: number = 1024 * 1024;

/** The first line of a host. */
export interface Hello {
  readonly hello: 'vmrs-applevz-host';
  readonly protocol: number;
  /** Process id of the host; a controller that takes a VM back compares it. */
  readonly pid: number;
  /** Whether its machine was started, or restored, in its life. A host without one is of no use to a controller that comes back. */
  readonly started: boolean;
}

/** A {@link MachineSpec} that can be written as JSON. */
export interface WireMachineSpec extends Omit<MachineSpec, 'machineId' | 'networks' | 'serial'> {
  /** In base64; null makes a new one. */
  readonly machineId: string | null;
  readonly networks: readonly WireNetworkSpec[];
  /** File to which the guest's console is appended. */
  readonly serialLog: string;
}

/** One network interface; a socket may also be given by its path. */
export type WireNetworkSpec =
  | NetworkSpec
  /** The host binds a datagram socket to `local`, which does not exist, and connects it to the one that somebody has bound to `path`. */
  | {
      readonly kind: 'socket-path';
      readonly mac: string;
      readonly path: string;
      readonly local: string;
      readonly mtu: number;
    };

/** What a controller can ask for: arguments and answer of each operation. */
export interface Operations {
  /** Makes the machine; once in the life of a host. The answer's `machineId` is in base64, null before macOS 13. */
  readonly create: [args: { readonly spec: WireMachineSpec }, answer: { readonly machineId: string | null }];
  readonly start: [args: Nothing, answer: Nothing];
  /** Continues the state saved in `path`; the machine is paused then. */
  readonly restore: [args: { readonly path: string }, answer: Nothing];
  readonly state: [args: Nothing, answer: { readonly state: NativeState }];
  readonly pause: [args: Nothing, answer: Nothing];
  readonly resume: [args: Nothing, answer: Nothing];
  /** The power button. */
  readonly 'request-stop': [args: Nothing, answer: Nothing];
  /** Ends the machine at once; the host answers, and ends with code 0. */
  readonly stop: [args: Nothing, answer: Nothing];
  /** Fails with the reason when the machine cannot be saved. */
  readonly 'check-save': [args: Nothing, answer: Nothing];
  /** Saves the paused machine to a new file. */
  readonly save: [args: { readonly path: string }, answer: Nothing];
  readonly 'set-memory-target': [args: { readonly bytes: number }, answer: Nothing];
  /** Connects each connection of a guest's program to `port` to the unix socket `<vsock socket>_<port>`. */
  readonly 'listen-vsock': [args: { readonly port: number }, answer: Nothing];
  readonly 'unlisten-vsock': [args: { readonly port: number }, answer: Nothing];
}

/** No members. */
export type Nothing = Readonly<Record<string, never>>;
export type Operation = keyof Operations;

/** From a controller. */
export interface Request<O extends Operation = Operation> {
  /** Any number that this connection has not used before. */
  readonly id: number;
  readonly op: O;
  readonly args: Operations[O][0];
}

/** The answer to the request of the same id. */
export type Reply<O extends Operation = Operation> =
  | { readonly id: number; readonly ok: Operations[O][1] }
  | { readonly id: number; readonly failed: WireFailure };

/** Why something failed; see `NativeFailure` of the addon. The domain `host` is the host's own. */
export interface WireFailure {
  readonly domain: string;
  readonly code: number;
  readonly message: string;
  readonly reason: string | null;
  readonly underlying: WireFailure | null;
}

/** What happened, unasked. */
export type HostEvent =
  /** The vCPUs were suspended or resumed by a controller. */
  | { readonly event: 'paused' }
  | { readonly event: 'resumed' }
  /** The guest's kernel said so on its console; the host ends the machine. */
  | { readonly event: 'panicked'; readonly detail: string }
  /** A NIC lost its other end; `index` among the machine's networks, or -1. */
  | { readonly event: 'network-disconnected'; readonly index: number; readonly failure: WireFailure }
  /** The machine is gone, and the host is about to end: its last message. */
  | { readonly event: 'ended'; readonly how: HowItEnded };

/** The host's last line to a controller that has sent one that makes no sense; it hangs up then. */
export interface Refusal {
  readonly refused: string;
}

/** How a machine ended. */
export type HowItEnded =
  /** The guest powered itself off. Exit code 0. */
  | { readonly by: 'guest' }
  /** A controller said so, or a signal. Exit code 0; 143 after SIGTERM. */
  | { readonly by: 'told' }
  /** Exit code 3. */
  | { readonly by: 'panic'; readonly detail: string }
  /** The framework ended it. Exit code 1. */
  | { readonly by: 'failure'; readonly failure: WireFailure };

/** Exit codes of a host. Words to each go to its stderr. */
export const EXIT_CODES: {
  readonly off: 0;
  readonly failure: 1;
  readonly usage: 2;
  readonly panic: 3;
  readonly terminated: 143;
} = { off: 0, failure: 1, usage: 2, panic: 3, terminated: 143 };

/** Whom a driver's machine talks to: a host process over its socket, or the same in this process. */
export interface HostLink {
  readonly hello: Hello;
  /** Throws a `HYPERVISOR` error (operation: the name) with the framework's words, or the signal's reason. */
  call<O extends Operation>(
    op: O,
    args: Operations[O][0],
    options?: { readonly signal?: AbortSignal },
  ): Promise<Operations[O][1]>;
  /** Resolves when nothing more will come; never rejects. */
  readonly closed: Promise<void>;
  /** Lets go of the host, which lives on. */
  close(): void;
}
