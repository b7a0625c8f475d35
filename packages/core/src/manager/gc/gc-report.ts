import type { VmKey } from '../vm-key.ts';

/** One thing that a collection has looked at. */
export interface GcItem {
  /** The VM that it belongs to; null for what belongs to none any more. */
  readonly vm: VmKey | null;
  /** What it is, such as `process vmm (pid 4242)`, `directory /run/...` or `VM`. */
  readonly what: string;
  /** Why it was released, or was not. */
  readonly why: string;
}

/** What {@link VmManager.gc} did, or, as a dry run, would do. */
export interface GcReport {
  readonly dryRun: boolean;
  /** Released; of a dry run, what would be. */
  readonly released: readonly GcItem[];
  /** Not touched, because somebody has it, needs it, or it cannot be told. */
  readonly kept: readonly GcItem[];
  /** To be released and not released: it stays written down, and the next collection tries again. Always empty in a dry run. */
  readonly failed: readonly GcItem[];
}
