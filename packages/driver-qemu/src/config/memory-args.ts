import type { JsonObject } from '@vmrs/core/driver';
import type { MemoryPlan } from './boot-plan.ts';

/** Name of the memory object. The same whatever backs it: saved states refer to memory by it. */
export const MEMORY_ID = 'memory';

const MIB = 1024 * 1024;

/** The arguments for the guest's memory. */
export function memoryArgs(memory: MemoryPlan, memoryMb: number): readonly string[] {
  const object: JsonObject = { ...backend(memory), id: MEMORY_ID, size: memoryMb * MIB };
  return ['-m', `size=${memoryMb}M`, '-object', JSON.stringify(object)];
}

function backend(memory: MemoryPlan): JsonObject {
  switch (memory.kind) {
    case 'private':
      return { 'qom-type': 'memory-backend-ram' };
    case 'shared':
      return { 'qom-type': 'memory-backend-memfd', share: true };
    case 'restored':
      return { 'qom-type': 'memory-backend-file', 'mem-path': memory.path, share: false };
  }
}
