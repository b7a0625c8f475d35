import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deferred } from '@vmrs/core/driver';
import { startShortLived } from '@vmrs/driver-kit';
import type { ChBinary } from './binary.ts';
import { TRIAL_OUTPUT, trialKernel } from './trial-kernel.ts';

/** Time for a guest of a few instructions, at least; it takes some 50 ms. */
const DEADLINE_MS = 2_000;
/** On a slow host it may take as many times as long as the program takes to say its version. */
const DEADLINE_TIMES = 50;

/** Name of the kernel's file; relative, so that no path can be taken for a part of an option. */
const KERNEL = 'trial';

/**
 * Whether Cloud Hypervisor runs a guest of a few instructions here: null when it does, else what happened instead. On arm64 it is not tried. What
 * is started ends with this call, or with this process.
 */
export async function whyNoGuestRuns({ path, askedMs }: Pick<ChBinary, 'path' | 'askedMs'>): Promise<string | null> {
  if (process.arch !== 'x64') return null;
  const folder = await mkdtemp(join(tmpdir(), 'vmrs-trial-'));
  try {
    await writeFile(join(folder, KERNEL), trialKernel());
    return await runTrial(path, folder, Math.max(DEADLINE_MS, DEADLINE_TIMES * askedMs));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runTrial(binary: string, folder: string, deadlineMs: number): Promise<string | null> {
  const machine = ['--cpus', 'boot=1', '--memory', 'size=64M', '--serial', 'tty', '--console', 'off'];
  await using vmm = startShortLived(binary, ['--kernel', KERNEL, ...machine], folder);
  const outcome = deferred<string | null>();
  let output = '';
  vmm.child.stdout?.on('data', (bytes: Buffer) => {
    output += bytes.toString('latin1');
    if (output.includes(TRIAL_OUTPUT)) outcome.resolve(null);
  });
  const hangs = `a guest of a few instructions did not run within ${Math.round(deadlineMs)} ms`;
  const timer = setTimeout(() => outcome.resolve(hangs), deadlineMs);
  void vmm.ended.then(() => {
    const words = vmm.said().split('\n').at(-1) ?? '';
    outcome.resolve(`a guest of a few instructions did not run: ${words === '' ? 'no reason given' : words}`);
  });
  try {
    return await outcome.promise;
  } finally {
    clearTimeout(timer);
  }
}
