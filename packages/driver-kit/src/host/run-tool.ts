import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How long a program may take to say what it is. */
const TOOL_DEADLINE_MS = 10_000;

/** What a program wrote, stdout and stderr together: programs disagree on which one gets the help and the version. Rejects when it fails. */
export async function runTool(file: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(file, [...args], {
    timeout: TOOL_DEADLINE_MS,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
  });
  return `${stdout}\n${stderr}`;
}
