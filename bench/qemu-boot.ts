/**
 * How fast a real guest boots and is restored under QEMU, against the command line that everybody types: from the call to the readiness
 * marker, or to the restored guest's next words. Software emulation throughout. Interleaved rounds in one run; the ratios are what counts.
 *
 *   npm run dev -- node bench/qemu-boot.ts [rounds]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { VmManager } from '@vmrs/core';
import { qemu } from '@vmrs/driver-qemu';
import { appendToInitramfs, guestAssets, workloadFiles } from '@vmrs/guest';
import { table } from './stats.ts';

const ROUNDS = Number(process.argv[2] ?? 7);
const MEMORY_MB = 256;
const TICKING = ['/bin/sh', '-c', 'while :; do echo TICK; usleep 5000; done'];
const root = await mkdtemp(join(tmpdir(), 'vb-'));
const assets = await guestAssets();
const gzipped = await guestAssets({ compression: 'gzip' });
const vmlinux = assets.vmlinux ?? assets.kernel;

const managers = {
  shared: await managerWith('shared'),
  private: await managerWith('private'),
};
const snapshots = { shared: await saved('shared'), private: await saved('private') };
const ways = {
  'usual command line: pc, default devices, verbose, compressed initramfs': usual,
  'boot() of the same bzImage': () => boot(assets.kernel),
  'boot() of its uncompressed vmlinux': () => boot(vmlinux),
  'restore(), memory mapped from a file': () => restore('shared'),
  'restore(), memory in the state': () => restore('private'),
};
const times = new Map(Object.keys(ways).map((way) => [way, [] as number[]]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [way, run] of Object.entries(ways)) times.get(way)?.push(await run());
}
const [first] = times.values();
console.log(
  table(
    [...times].map(([what, ms]) => ({ what, ms, ...(ms === first || first === undefined ? {} : { over: first }) })),
  ),
);
console.log(
  `\nsnapshot(): ${snapshots.shared.ms.toFixed(0)} ms with its memory in a file, ${snapshots.private.ms.toFixed(0)} ms in the state`,
);
for (const manager of Object.values(managers)) await manager.close();
await rm(root, { recursive: true });

type Memory = 'shared' | 'private';

function managerWith(memory: Memory): Promise<VmManager> {
  const drivers = [qemu({ accel: 'tcg', memory })];
  return VmManager.open({ drivers, stateDir: join(root, memory), runtimeDir: join(root, memory[0] ?? '') });
}

async function usual(): Promise<number> {
  const devices = ['-m', String(MEMORY_MB), '-nographic', '-monitor', 'none', '-nic', 'user,model=virtio-net-pci'];
  const kernel = ['-kernel', gzipped.kernel, '-initrd', gzipped.initramfs, '-append', 'console=ttyS0'];
  const since = performance.now();
  const child = spawn('qemu-system-x86_64', ['-accel', 'tcg', ...devices, ...kernel], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  for await (const bytes of child.stdout) {
    text += String(bytes);
    if (text.includes('VMRS_READY')) break;
  }
  const ms = performance.now() - since;
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return ms;
}

async function boot(kernel: string): Promise<number> {
  const since = performance.now();
  const { initramfs } = assets;
  const vm = await managers.shared.boot({
    name: 'cold',
    kernel,
    initramfs,
    memoryMb: MEMORY_MB,
    networks: [{ type: 'nat' }],
  });
  await vm.ready();
  const ms = performance.now() - since;
  await vm.kill();
  return ms;
}

/** Saves a guest that never stops talking. */
async function saved(memory: Memory): Promise<{ readonly directory: string; readonly ms: number }> {
  const initramfs = join(root, 'ticking');
  await writeFile(initramfs, appendToInitramfs(await readFile(assets.initramfs), workloadFiles({ argv: TICKING })));
  const serialLog = join(root, `${memory}-saved.log`);
  const vm = await managers[memory].boot({
    ...{ name: 'saved', kernel: vmlinux, initramfs, memoryMb: MEMORY_MB, networks: [{ type: 'nat' }], serialLog },
  });
  await vm.ready();
  await talks(serialLog);
  await vm.pause();
  const directory = join(root, `${memory}-snapshot`);
  const since = performance.now();
  await vm.snapshot(directory);
  const ms = performance.now() - since;
  await vm.kill();
  return { directory, ms };
}

async function restore(memory: Memory): Promise<number> {
  const serialLog = join(root, `${memory}-restored.log`);
  await rm(serialLog, { force: true });
  const since = performance.now();
  const vm = await managers[memory].restore(snapshots[memory].directory, { name: 'restored', serialLog });
  await vm.resume();
  await talks(serialLog);
  const ms = performance.now() - since;
  await vm.kill();
  return ms;
}

async function talks(serialLog: string): Promise<void> {
  while (!(await readFile(serialLog, 'latin1')).includes('TICK')) await sleep(1);
}
