import type { ProcessIdentityShape } from '../errors/index.ts';

/** The identity of one process; see the fields. */
export type ProcessIdentity = ProcessIdentityShape;

/**
 * How long the processes of a VM live. `detached`: on and on, also when the controller has ended; another one takes them back.
 * `attached`: no longer than the controller, however that ends, SIGKILL included.
 */
export type Lifetime = 'detached' | 'attached';

/** How a process ended. */
export interface ProcessExit {
  /** Exit code; null when a signal ended it or when it is not known. */
  readonly code: number | null;
  /** The signal that ended it; null when none did or when it is not known. */
  readonly signal: NodeJS.Signals | null;
  /** False when it is gone and nobody knows how, because what keeps and records it was ended before it. */
  readonly known: boolean;
}

/** A program to run beside or as the VMM. */
export interface ProcessCommand {
  /** `vmm` for the hypervisor itself, else the sidecar's name, such as `virtiofsd-0`; unique within the VM. */
  readonly role: string;
  /** Absolute path of the executable. */
  readonly file: string;
  readonly args: readonly string[];
  /** Added to the controller's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory. Default: the VM's folder. */
  readonly cwd?: string;
  /** File that receives stdout and stderr, appended. Default: the VM's VMM log for the role `vmm`, `<role>.log` in the VM's folder for others. */
  readonly log?: string;
  /**
   * File that receives stdout, appended; `log` receives stderr alone then. Absolute path of a regular file, which is made with mode 0600 if it
   * is not there; a link is followed. Default: stdout goes to `log`, too. For a VMM that writes the guest's console to its stdout.
   */
  readonly stdout?: string;
  /** Open descriptors that the process inherits as 3, 4, ... The caller closes its own copies after `spawn` has resolved. */
  readonly fds?: readonly number[];
}

/** A process that belongs to a VM. Signals go to the process group, and only after the identity was checked. */
export interface VmProcess {
  readonly role: string;
  readonly identity: ProcessIdentity;
  /** Settles exactly once when the process is gone (a zombie is gone); never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** `gone` when the process has ended. Throws `STALE_PROCESS` or `IO`. */
  signal(signal: NodeJS.Signals): Promise<'sent' | 'gone'>;
  /** SIGKILL, then resolves when the process is really gone. Idempotent. */
  kill(): Promise<void>;
  /** Lets go of a living process: closes what is held on it, so that the controller can end. */
  release(): void;
}

/** Starts and takes back the processes of one VM. The only way for a driver to run anything that outlives a call. */
export interface ProcessHost {
  /**
   * Writes the intent to the VM's ledger, starts the program in a session of its own with stdin closed and output to a
   * file, and records its identity. How it ends is known to whoever looks, also to a later controller. Throws `HYPERVISOR` (operation `spawn`) when it
   * cannot be executed, `IO` when a file for its output cannot be opened.
   */
  spawn(command: ProcessCommand): Promise<VmProcess>;
  /**
   * Takes back a living process after a restart of the controller. Its end is noticed by itself; `hint` settles when there is reason to look
   * whether it is gone all the same, typically at the end of the control connection. Throws `STALE_PROCESS` when the process is not there any more.
   */
  attach(role: string, identity: ProcessIdentity, hint: Promise<unknown>): Promise<VmProcess>;
}
