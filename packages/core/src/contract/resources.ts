import type { ProcessIdentity } from './process.ts';

/**
 * A side effect that must be undone when the VM ends, described by what undoes it. Plain data: any controller can release
 * it later without the driver that made it.
 */
export type Resource =
  /** A directory made for the VM; removed with its content. Must lie under the VM's own folders. */
  | { readonly kind: 'directory'; readonly path: string }
  /** A file or socket made for the VM; removed. Must lie under the VM's own folders. */
  | { readonly kind: 'file'; readonly path: string }
  /** A tap device made for the VM; deleted. */
  | { readonly kind: 'tap'; readonly name: string; readonly netns: string | null }
  /** A snapshot of the VM that is being written; removed unless it was completed. */
  | { readonly kind: 'partial-snapshot'; readonly path: string }
  /** A mount made for the VM; unmounted. */
  | { readonly kind: 'mount'; readonly path: string }
  /**
   * A process of the VM; ended. `token` is in its environment as `VMRS_TOKEN`, by which it is found when the controller
   * died between starting it and recording its identity.
   */
  | {
      readonly kind: 'process';
      readonly role: string;
      readonly token: string;
      readonly identity: ProcessIdentity | null;
      /** The process that waits for it and writes down how it ended. */
      readonly keeper: ProcessIdentity | null;
    };

/** The ledger of one VM, as drivers see it. */
export interface ResourceScope {
  /**
   * Writes to the ledger that `resource` is about to be made, then runs `make`. When `make` fails the resource is released
   * at once (releasing is idempotent) and the failure passed on.
   */
  acquire<T>(resource: Resource, make: () => Promise<T>): Promise<T>;
  /** Undoes one resource before the end of the VM. Does nothing when it was released already. */
  release(resource: Resource): Promise<void>;
}
