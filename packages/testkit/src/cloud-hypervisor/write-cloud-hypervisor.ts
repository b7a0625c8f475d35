import { chmod, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ChSettings } from './settings.ts';

/**
 * Writes an executable to `folder` that plays Cloud Hypervisor, and returns its path. Its process is one: the shell that it starts with becomes it. Default: v53.0 with a scripted
 * guest and no faults.
 */
export async function writeCloudHypervisor(folder: string, settings: Partial<ChSettings> = {}): Promise<string> {
  const whole: ChSettings = { version: 'v53.0', backend: 'scripted', faults: {}, ...settings };
  const path = join(folder, 'cloud-hypervisor');
  await writeFile(`${path}.json`, JSON.stringify(whole));
  const program = createRequire(import.meta.url).resolve('#stand-in-cloud-hypervisor');
  const command = [process.execPath, ...process.execArgv, program, `${path}.json`].map(quoted).join(' ');
  await writeFile(path, `#!/bin/sh\nexec ${command} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

/** One word of a shell, whatever is in it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
