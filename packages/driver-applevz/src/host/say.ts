import { writeSync } from 'node:fs';

/** Writes a line to stderr, which is the VM's log. Never throws: a VM is worth more than a line about it. */
export function say(line: string): void {
  try {
    writeSync(2, `vmrs-applevz-host: ${line}\n`);
  } catch {
    // The log's disk is full, or nobody reads it any more: there is nowhere to say so.
  }
}
