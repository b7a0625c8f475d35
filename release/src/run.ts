import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a program is run. */
export interface RunOptions {
  readonly cwd: string;
  /** Default: this program's own. */
  readonly env?: NodeJS.ProcessEnv;
}

/** What a program printed. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, quietly, without a shell.
 *
 * @throws Error with the command, its end and everything it printed, when it ends otherwise than with exit code 0
 */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<Output> {
  const child = spawn(program, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text: string) => {
      output[name] += text;
    });
  }
  // Rejects when the program cannot be started at all.
  const [code, signal] = await once(child, 'close');
  if (code === 0) return output;
  const command = [program, ...args].join(' ');
  throw new Error(`'${command}' ended with ${signal ?? `exit code ${code}`}:\n${output.stdout}${output.stderr}`.trim());
}
