import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Vm, VmConfig } from '@vmrs/core';
import { appendToInitramfs, guestAssets, workloadFiles } from '@vmrs/guest';

/** A bootable guest. */
export interface Guest {
  readonly config: Omit<VmConfig, 'name'>;
  readonly kernelVersion: string;
}

/** The guest of `@vmrs/guest` with a workload that introduces itself, written to `folder`. */
export async function guestWithGreeting(folder: string, signal: AbortSignal): Promise<Guest> {
  const { kernel, vmlinux = kernel, initramfs, kernelVersion } = await guestAssets({ signal });
  const image = join(folder, 'initramfs');
  await writeFile(image, appendToInitramfs(await readFile(initramfs), workloadFiles({ argv: ['uname', '-a'] })));
  return { config: { kernel: vmlinux, initramfs: image, memoryMb: 256 }, kernelVersion };
}

/** Resolves with the first whole console line that `matches`, without escape sequences; with null when the console ends before. */
export async function consoleLine(vm: Vm, matches: RegExp, signal: AbortSignal): Promise<string | null> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of vm.console({ signal })) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r*\n/);
    rest = lines.pop() ?? '';
    const found = lines.find((line) => matches.test(line));
    if (found !== undefined) return found.trim();
  }
  return null;
}
