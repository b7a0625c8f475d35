import type { JsonObject } from '@vmrs/core/driver';
import type { MachineType } from '../options.ts';

/** `-device` in JSON. */
export function device(properties: JsonObject): readonly string[] {
  return ['-device', JSON.stringify(properties)];
}

/** A virtio device model on the machine's bus: PCI, or memory-mapped on `microvm`. */
export function virtio(model: string, machine: MachineType): string {
  return `${model}-${machine === 'microvm' ? 'device' : 'pci'}`;
}
