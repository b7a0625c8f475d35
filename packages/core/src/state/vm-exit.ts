/** How a VM came to its end. */
export interface VmExit {
  /**
   * - `guest`: the guest powered itself off (on its own, or because it was asked to by the power button)
   * - `terminated`: the hypervisor was told to end it
   * - `sigterm`, `sigkill`: the VMM had to be signalled
   * - `panicked`: the guest kernel panicked
   * - `crashed`: the VMM ended without anybody having asked
   * - `unattended`: it ended while no controller was attached to it; code or signal tell how. With code 0 the guest powered off, or somebody
   *   told the VMM to end
   * - `orphaned`: it was attached to a controller that ended, and ended with it
   * - `unknown`: it was gone when a controller looked again, and no record says how
   */
  readonly how:
    | 'guest'
    | 'terminated'
    | 'sigterm'
    | 'sigkill'
    | 'panicked'
    | 'crashed'
    | 'unattended'
    | 'orphaned'
    | 'unknown';
  /** Exit code of the VMM; null when a signal ended it, or when it is not known. */
  readonly code: number | null;
  /** Signal that ended the VMM (`SIGKILL`), else null. */
  readonly signal: string | null;
  /** When it was noticed, ISO 8601. */
  readonly at: string;
}
