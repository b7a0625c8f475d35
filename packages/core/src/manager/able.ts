import type { Duplex } from 'node:stream';
import type { Capability } from '../contract/index.ts';
import type { AbortOptions } from '../util/abort.ts';
import type { JsonObject } from '../util/json.ts';
import type { SnapshotOptions } from './snapshot/snapshot-options.ts';

/** The operations of a VM that not every driver has. */
export interface OptionalOperations {
  pause(options?: AbortOptions): Promise<void>;
  resume(options?: AbortOptions): Promise<void>;
  snapshot(directory: string, options?: SnapshotOptions): Promise<void>;
  vsock(port: number, options?: AbortOptions): Promise<Duplex>;
  operate(name: string, args?: JsonObject, options?: AbortOptions): Promise<JsonObject>;
}

/** Which of them belong to which capability. */
interface Operations {
  readonly pause: 'pause' | 'resume';
  readonly snapshot: 'snapshot';
  readonly vsock: 'vsock';
  readonly operations: 'operate';
}

/** For the compiler alone: without it, a VM that was found to be unable would be no VM at all. */
declare const ASKED: unique symbol;

/** What a VM has whose driver has the capability `C`. */
export type Able<C extends Capability> = {
  readonly [ASKED]: { readonly [K in C]: true };
} & (C extends keyof Operations ? Pick<OptionalOperations, Operations[C]> : unknown);
