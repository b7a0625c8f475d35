import type { HostFacts } from '@vmrs/applevz-addon';
import type { BootSpec, Problem } from '@vmrs/core/driver';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What is wrong with the identifier of the machine. Whether its bytes are one, only the framework knows. */
export function machineIdProblems(
  { machineId }: Pick<BootSpec, 'machineId'>,
  { efi }: Pick<HostFacts, 'efi'>,
): readonly Problem[] {
  if (machineId === null) return [];
  // Both came with macOS 13.
  if (!efi) return [{ path: 'machineId', message: 'machine identifiers need macOS 13 or later' }];
  if (machineId !== '' && BASE64.test(machineId)) return [];
  const fix = 'leave it out for a new one, which appleVz(vm).info() tells';
  return [{ path: 'machineId', message: 'must be an identifier of a machine in base64', fix }];
}
