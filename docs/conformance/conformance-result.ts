/** What the suite found about one driver on one hypervisor. */
export interface ConformanceResult {
  /** As the driver's tests call it, such as `qemu`. */
  readonly subject: string;
  /** The checks, each with its area before it. */
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  readonly skipped: readonly { readonly check: string; readonly reason: string }[];
}

/** Names the file to which a run of tests with `conformance-reporter.ts` writes its {@link ConformanceResult}s. */
export const RESULTS_VARIABLE = 'VMRS_CONFORMANCE_RESULTS';
