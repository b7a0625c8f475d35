/**
 * What the guest of a stand-in VMM does. Plain data; written to the file that a `VmConfig` names as its kernel.
 */
export interface GuestScript {
  /**
   * The steps of each boot of the guest inside one VMM: the first list at power-on, the next after each reset, the last one
   * for all further resets. After its last step the guest idles.
   */
  readonly boots: readonly (readonly GuestStep[])[];
  /** How the VMM itself behaves from its start. Default: well. */
  readonly vmm?: VmmBehaviour;
}

/** How a stand-in VMM behaves as a program. */
export interface VmmBehaviour {
  /** Milliseconds before it opens its control socket. Default 0. */
  readonly startDelayMs?: number;
  /** Exits with this code before it opens its control socket, after writing why to its log. Default: it does not. */
  readonly exitAtStart?: number;
  /** How it treats its control socket. Default `answers`. */
  readonly control?: ControlMode;
  /** What SIGTERM does. Default `exits`. */
  readonly sigterm?: 'exits' | 'ignored';
}

/**
 * - `answers`: as it should
 * - `hangs`: accepts connections, reads and never says anything
 * - `closes`: hangs up on everybody
 * - `babbles`: writes bytes that are no message of the protocol
 * - `breaks-off`: hangs up in the middle of each answer
 */
export type ControlMode = 'answers' | 'hangs' | 'closes' | 'babbles' | 'breaks-off';

/** How a guest treats its power button. */
export type PowerButton = 'powers-off' | 'ignored' | { readonly delayMs: number };

/** One thing that a guest, or the VMM around it, does. */
export type GuestStep =
  /** Does nothing for a while; time in which the guest is paused does not count. */
  | { readonly do: 'wait'; readonly ms: number }
  /** Writes to the console: text, or bytes in base64. One write of exactly these bytes. */
  | { readonly do: 'print'; readonly text: string }
  | { readonly do: 'print'; readonly base64: string }
  /** Writes the readiness marker as a line. */
  | { readonly do: 'ready'; readonly ip: string }
  /** From now on treats the power button so. At power-on: `powers-off`. */
  | { readonly do: 'power-button'; readonly is: PowerButton }
  /** Resets: the next boot of the script begins. */
  | { readonly do: 'reboot' }
  | VmmStep;

/** The steps that concern the VMM. */
export type VmmStep =
  /** The guest powers itself off; the VMM ends with exit code 0. */
  | { readonly do: 'power-off' }
  /** The kernel panics. The VMM ends, unless it `stays`. */
  | { readonly do: 'panic'; readonly stays?: boolean }
  /** The VMM exits with this code, without saying why. */
  | { readonly do: 'exit'; readonly code: number }
  /** A signal ends the VMM. */
  | { readonly do: 'crash'; readonly signal: 'SIGSEGV' | 'SIGABRT' | 'SIGKILL' }
  /** The VMM treats its control socket so from now on. */
  | { readonly do: 'control'; readonly mode: ControlMode }
  /** The VMM starts a helper process that lives as long as it is let. */
  | { readonly do: 'fork' };

/** A guest that becomes ready with the given address after a moment, powers off when asked, and otherwise idles. */
export function readyGuest(ip = '10.0.2.15'): GuestScript {
  return {
    boots: [
      [
        { do: 'print', text: 'stand-in guest: booting\n' },
        { do: 'wait', ms: 5 },
        { do: 'ready', ip },
      ],
    ],
  };
}
