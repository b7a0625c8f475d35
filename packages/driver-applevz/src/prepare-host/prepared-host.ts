import type { NodeFacts } from './node-facts.ts';

/** An executable in which VMs can run: a copy of a Node.js, signed with the entitlement. */
export interface PreparedHost {
  readonly executable: string;
  /** Names its folder; see `hostKey`. */
  readonly key: string;
  /** Whether it was there already. */
  readonly reused: boolean;
  /** What it is a copy of. */
  readonly node: NodeFacts;
  /** What was done, in order. */
  readonly steps: readonly PrepareStep[];
}

/** One step that is done. */
export interface PrepareStep {
  readonly name: PrepareStepName;
  /** In words, such as the file or the number of links. */
  readonly detail: string;
  readonly elapsedMs: number;
}

/** The steps, in order; `reuse` stands for all that follow it when a prepared host is there. */
export type PrepareStepName =
  | 'inspect'
  | 'reuse'
  | 'copy'
  | 'libraries'
  | 'quarantine'
  | 'sign'
  | 'check-signature'
  | 'self-test'
  | 'publish'
  | 'clean-up';
