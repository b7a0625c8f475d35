import { createRequire } from 'node:module';

/** Path of the stand-in VMM's program; run it with `process.execPath`. */
export function standInProgram(): string {
  return createRequire(import.meta.url).resolve('#stand-in-vmm');
}
