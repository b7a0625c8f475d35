import { spawnSync } from 'node:child_process';

/** The name of a program when this host has it; it is only asked for its version. */
export function hostProgram(name: string): string | undefined {
  return spawnSync(name, ['--version']).error === undefined ? name : undefined;
}

/** For the title of a test that needs a program: empty, or why the test is skipped. */
export function skipNote(program: string | undefined, name: string): string {
  return program === undefined ? ` (skipped: this host has no ${name})` : '';
}
