/** The other candidate of `supervision.ts`: one Node.js process that starts and waits for all of a controller's processes. */
import { spawn } from 'node:child_process';
import { openSync, writeFileSync } from 'node:fs';

process.on('message', ({ id, file, args, log, exitFile }: LaunchOrder) => {
  const output = openSync(log, 'a');
  const child = spawn(file, args, { detached: true, stdio: ['ignore', output, output] });
  child.once('spawn', () => process.send?.({ id, pid: child.pid }));
  child.once('exit', (code, signal) => {
    writeFileSync(exitFile, JSON.stringify({ code, signal }));
    process.send?.({ id, code, signal });
  });
});

/** What the launcher is asked for. */
export interface LaunchOrder {
  readonly id: number;
  readonly file: string;
  readonly args: readonly string[];
  readonly log: string;
  readonly exitFile: string;
}
