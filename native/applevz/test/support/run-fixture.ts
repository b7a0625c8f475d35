import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type FakeSettings, fakeAddonEnvironment } from '../../../applevz-fake/src/index.ts';

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of `test/fixtures` in a process of its own, with the double as `settings` has it. */
export async function runFixture(name: string, args: readonly string[], settings: FakeSettings = {}): Promise<Ended> {
  const program = fileURLToPath(new URL(`../fixtures/${name}.mjs`, import.meta.url));
  const env = { ...process.env, ...fakeAddonEnvironment({ arch: 'arm64', ...settings }) };
  const child = spawn(process.execPath, ['--expose-gc', program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  const [stdout, stderr] = await said;
  return { code, signal, stdout: stdout.trim(), stderr: stderr.trim() };
}
