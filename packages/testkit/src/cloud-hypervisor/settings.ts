/** How a stand-in for Cloud Hypervisor behaves. Plain data; written to a file beside its executable. */
export interface ChSettings {
  /** The version that it plays, such as `v53.0`. Known differences: v50 to v54. */
  readonly version: string;
  /**
   * What runs the guest: `scripted` plays one by the hooks in its kernel command line (`scripted-guest.ts`); `qemu` boots the configured kernel, disks, shares and taps
   * in QEMU.
   */
  readonly backend: 'scripted' | 'qemu';
  readonly faults: ChFaults;
}

/** Ways in which a stand-in fails on purpose. Default: none. */
export interface ChFaults {
  /** Ends before it opens its API socket, with this code and these words. */
  readonly exitAtStart?: { readonly code: number; readonly words: string };
  /** Is ended by SIGSYS before it opens its API socket, as by its own seccomp filters. */
  readonly sigsysAtStart?: boolean;
  /** Milliseconds before it opens its API socket. */
  readonly startDelayMs?: number;
  /** Endpoints, such as `vm.boot`, that are never answered. */
  readonly hangs?: readonly string[];
  /** Endpoints at which it hangs up in the middle of its answer; what was asked for is done. */
  readonly breaksOff?: readonly string[];
  /** Endpoints that are refused, each with its words, outermost first. */
  readonly refuses?: Readonly<Record<string, readonly string[]>>;
  /** Exits with this code, without a word, that many milliseconds after the boot. */
  readonly exitAfterBoot?: { readonly code: number; readonly afterMs: number };
  /** SIGTERM does nothing. */
  readonly ignoresSigterm?: boolean;
  /** A device that is to be removed is never let go by the guest. */
  readonly keepsDevices?: boolean;
}
