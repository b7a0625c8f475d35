import type { VmState } from '../../state/index.ts';

/** Something that happened to a VM. */
export type VmEvent =
  /** Its state; also the first item of every subscription. */
  | { readonly type: 'state'; readonly at: string; readonly state: VmState }
  /** The guest was reset or rebooted itself inside the same VMM; readiness was taken back. */
  | { readonly type: 'reset'; readonly at: string }
  /** Something went wrong in the background that ends nothing yet. */
  | { readonly type: 'warning'; readonly at: string; readonly message: string };

/** A {@link VmEvent} with the VM it belongs to, as a manager tells it. */
export type ManagerEvent = VmEvent & { readonly vm: { readonly namespace: string; readonly name: string } };
