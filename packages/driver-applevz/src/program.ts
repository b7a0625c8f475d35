import { createRequire } from 'node:module';

/** Arguments of a Node.js executable that make it run the host program. */
export function hostArguments(args: readonly string[]): readonly string[] {
  // What this Node.js was told about resolving imports holds for the host, too: that is how it runs from source.
  const conditions = process.execArgv.filter((word) => word.startsWith('--conditions='));
  return [...conditions, hostProgram(), ...args];
}

/** Path of the host program. */
export function hostProgram(): string {
  return createRequire(import.meta.url).resolve('#host');
}
