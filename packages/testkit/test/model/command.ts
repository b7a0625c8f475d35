/** The names that the model's VMs go by. */
export const NAMES = ['a', 'b'] as const;

/** One of {@link NAMES}. */
export type Name = (typeof NAMES)[number];

/** The addresses that guests say they have. */
export const ADDRESSES = ['10.0.2.21', '10.0.2.22'] as const;

/** One call of a user, or one thing that happens to a guest or its VMM. */
export type Command =
  | { readonly do: 'boot'; readonly name: Name }
  /** From the snapshot that was taken of the VM called `from`. */
  | { readonly do: 'restore'; readonly name: Name; readonly from: Name }
  /** On the VM that the present manager answers with, or on the object that was last got hold of, whatever has become of it. */
  | { readonly do: VmCall; readonly name: Name; readonly via: 'manager' | 'object' }
  | { readonly do: 'remove'; readonly name: Name }
  | { readonly do: 'marker'; readonly name: Name; readonly ip: string }
  | { readonly do: GuestEvent; readonly name: Name }
  | { readonly do: 'killedFromOutside'; readonly name: Name }
  /** The manager lets go of its VMs, and another is opened. */
  | { readonly do: 'reopen' }
  | { readonly do: 'adoptAll' }
  | { readonly do: 'list' };

/** A call of an operation of a VM. `stopNow` is a stop that does not ask the guest. */
export type VmCall = 'state' | 'ready' | 'pause' | 'resume' | 'snapshot' | 'stop' | 'stopNow' | 'kill';

/** What a guest or its VMM does by itself. */
export type GuestEvent = 'reboot' | 'powerOff' | 'panic' | 'exit' | 'crash';

/** A command, and how long after the others of its round it is given, in milliseconds. */
export interface Timed {
  readonly command: Command;
  readonly afterMs: number;
}

/** Commands that are given at about the same time. The next round begins when all have been answered. */
export type Round = readonly Timed[];

/** What a command came to: `ok`, the code of a `VmError`, the name of another error, or `skipped`. */
export type Outcome = string;

/** A command as one short text, for messages. */
export function say(command: Command): string {
  return Object.values(command).join(' ');
}
