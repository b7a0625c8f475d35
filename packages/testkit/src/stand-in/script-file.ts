import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { GuestScript } from './guest-script.ts';

/** Writes `script` where a kernel image is expected. Compressed, because gzip is a form of kernel image that validation lets pass. */
export async function writeGuestScript(path: string, script: GuestScript): Promise<void> {
  await writeFile(path, await promisify(gzip)(JSON.stringify(script)));
}

/** Reads what {@link writeGuestScript} wrote. Throws a plain error, since only the stand-in VMM's log will show it. */
export async function readGuestScript(path: string): Promise<GuestScript> {
  const parsed: unknown = JSON.parse((await promisify(gunzip)(await readFile(path))).toString('utf8'));
  if (!isGuestScript(parsed)) throw new Error(`${path} holds no guest script`);
  return parsed;
}

function isGuestScript(value: unknown): value is GuestScript {
  return (
    typeof value === 'object' &&
    value !== null &&
    'boots' in value &&
    Array.isArray(value.boots) &&
    value.boots.length > 0
  );
}
