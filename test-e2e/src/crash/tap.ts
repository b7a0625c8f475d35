import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Name of the tap that belongs to a folder: at most 15 bytes. */
export function tapName(folder: string): string {
  return `vx${createHash('sha256').update(folder).digest('hex').slice(0, 10)}`;
}

/** Makes a tap, as a user would before the boot. It is down, so nothing goes through it. Takes root. */
export async function makeTap(name: string): Promise<void> {
  await run('ip', ['tuntap', 'add', 'dev', name, 'mode', 'tap']);
}

/** Whether there is a network device of that name. */
export async function hasDevice(name: string): Promise<boolean> {
  const { stdout } = await run('ip', ['-o', 'link', 'show']);
  return stdout.includes(` ${name}: `);
}

/** Removes what {@link makeTap} has made. */
export async function removeTap(name: string): Promise<void> {
  await run('ip', ['tuntap', 'del', 'dev', name, 'mode', 'tap']);
}
