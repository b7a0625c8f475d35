import type { AbortOptions, JsonObject } from '@vmrs/core/driver';
import { noArguments } from '@vmrs/driver-kit';
import type { MachineParts } from '../machine-parts.ts';
import { called } from './called.ts';

/** Resets the guest as its reset button would, in the same VMM; readiness is taken back. */
export async function reboot(
  { api, spec }: MachineParts,
  args: JsonObject,
  options: AbortOptions,
): Promise<JsonObject> {
  noArguments(args, called('reboot', spec.name));
  // It connects to its helpers again, which may take as long as a boot.
  await api.put('vm.reboot', undefined, { ...options, deadlineMs: null });
  return {};
}

/** Sends the guest a non-maskable interrupt; what it does is for its kernel to say (`unknown_nmi_panic`). */
export async function nmi({ api, spec }: MachineParts, args: JsonObject, options: AbortOptions): Promise<JsonObject> {
  noArguments(args, called('nmi', spec.name));
  await api.put('vm.nmi', undefined, options);
  return {};
}
