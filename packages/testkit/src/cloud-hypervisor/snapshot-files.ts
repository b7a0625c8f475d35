import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChApiError } from './api-error.ts';
import type { ChVm } from './vm.ts';

/** Writes a snapshot: three files, each made exclusively, in a folder that is there. `file://` is taken off as text. */
export async function writeSnapshot(url: string, vm: ChVm): Promise<void> {
  const directory = url.replace(/^file:\/\//, '');
  const make = { flag: 'wx', mode: 0o600 };
  await writeFile(join(directory, 'config.json'), JSON.stringify(vm.config.raw), make);
  await writeFile(join(directory, 'state.json'), JSON.stringify({ stand_in: true }), make);
  await writeFile(join(directory, 'memory-ranges'), 'the memory of a stand-in', make);
  await vm.save(directory);
}

/** Reads the configuration of a snapshot, after a look at its other files. */
export async function readSnapshot(directory: string, onDemand: boolean): Promise<unknown> {
  const state = await readFile(join(directory, 'state.json'), 'utf8');
  if (!state.includes('stand_in')) throw new ChApiError(['Failed to deserialize VM state']);
  // Copying does without where all memory is in files; on demand does not (cloud-hypervisor#8848).
  if (onDemand) await stat(join(directory, 'memory-ranges'));
  return JSON.parse(await readFile(join(directory, 'config.json'), 'utf8'));
}
