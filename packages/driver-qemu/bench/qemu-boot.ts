/**
 * How fast a real guest boots and is restored, against the command line that everybody types. Interleaved rounds in one run, medians;
 * the ratios are what counts. From the repository's root:
 *
 *   npm run dev -- node --conditions=@vmrs/source packages/driver-qemu/bench/qemu-boot.ts [rounds]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BootSpec, type Machine, type SnapshotRef, systemClock } from '@vmrs/core/driver';
import { guestAssets } from '@vmrs/guest';
import { QemuHost } from '../src/host/host.ts';
import { createDriver, type QemuOptions } from '../src/index.ts';
import { resolveOptions } from '../src/options.ts';
import { TICKING, withScript } from '../test/guest.ts';
import { bootSpec, type TestVm, testVm } from '../test/harness.ts';

const rounds = Number(process.argv[2] ?? 7);
const MARKER = /VMRS_READY/;
const NAT = [{ type: 'nat', mac: null, ports: [] }] as const;
const assets = await guestAssets();
const gzipped = await guestAssets({ compression: 'gzip' });
const binary = (await new QemuHost(resolveOptions({}), process.env).binary()).path;

/** The command line that everybody types: default devices, verbose, compressed initramfs. */
async function usual(): Promise<number> {
  const since = performance.now();
  const args = ['-accel', 'tcg', '-m', '256', '-nographic', '-monitor', 'none', '-nic', 'user,model=virtio-net-pci'];
  const child = spawn(binary, [...args, '-kernel', gzipped.kernel, '-initrd', gzipped.initramfs, '-append', 'console=ttyS0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  const ms = await new Promise<number>((resolve) => {
    child.stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      if (MARKER.test(text)) resolve(performance.now() - since);
    });
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  return ms;
}

/** Milliseconds from the call of boot() to the marker in the console log, looked for every millisecond. */
async function ours(options: QemuOptions, kernel: string): Promise<number> {
  await using vm = await testVm();
  const driver = createDriver({ accel: 'tcg', ...options });
  const spec = bootSpec(vm, { kernel, initramfs: assets.initramfs, networks: NAT });
  // Once per driver, not per boot.
  await driver.validate(spec);
  const since = performance.now();
  const machine = await driver.boot(spec, vm.context);
  await until(vm, MARKER);
  const ms = performance.now() - since;
  await machine.kill();
  return ms;
}

/** The same guest, saved once, then restored again and again until it answers. */
async function saved(vm: TestVm, memory: 'shared' | 'private'): Promise<{ snapshot: SnapshotRef; spec: BootSpec; saveMs: number }> {
  const driver = createDriver({ accel: 'tcg', memory });
  const initramfs = await withScript(assets, vm.root, TICKING.replace('100000', '5000'));
  const spec = bootSpec(vm, { kernel: assets.vmlinux ?? assets.kernel, initramfs, networks: NAT });
  const machine = await driver.boot(spec, vm.context);
  await until(vm, /TICK \w+ 3\b/);
  await machine.pause?.();
  const directory = join(vm.root, 'snapshot');
  await mkdir(directory);
  const since = performance.now();
  const data = (await machine.snapshot?.(directory)) ?? {};
  const saveMs = performance.now() - since;
  await machine.kill();
  return { snapshot: { directory, data }, spec, saveMs };
}

async function restored(snapshot: SnapshotRef, spec: BootSpec, memory: 'shared' | 'private'): Promise<number> {
  await using vm = await testVm();
  const driver = createDriver({ accel: 'tcg', memory });
  const again = { ...spec, name: vm.context.vm.name, serialLog: vm.context.paths.serialLog };
  await driver.validate(again);
  const since = performance.now();
  const machine: Machine | undefined = await driver.restore?.(snapshot, again, vm.context);
  await machine?.resume?.();
  await until(vm, /TICK/);
  const ms = performance.now() - since;
  await machine?.kill();
  return ms;
}

async function until(vm: TestVm, pattern: RegExp): Promise<void> {
  while (!pattern.test(await vm.serial())) await systemClock.sleep(1);
}

await using first = await testVm();
await using second = await testVm();
const mapped = await saved(first, 'shared');
const streamed = await saved(second, 'private');
const ways: Readonly<Record<string, () => Promise<number>>> = {
  'usual command line': usual,
  'this driver, bzImage': () => ours({}, assets.kernel),
  'this driver, vmlinux': () => ours({}, assets.vmlinux ?? assets.kernel),
  'restore, mapped memory': () => restored(mapped.snapshot, mapped.spec, 'shared'),
  'restore, full stream': () => restored(streamed.snapshot, streamed.spec, 'private'),
};
const times = new Map(Object.keys(ways).map((way) => [way, [] as number[]]));
for (let round = 0; round < rounds; round += 1) {
  for (const [way, run] of Object.entries(ways)) times.get(way)?.push(await run());
}
const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
const base = median(times.get('usual command line') ?? []);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
say(`${binary}, ${rounds} rounds; saving took ${Math.round(mapped.saveMs)} ms mapped, ${Math.round(streamed.saveMs)} ms streamed`);
say('| way | median ms | min ms | ratio |\n| --- | --- | --- | --- |');
for (const [way, list] of times) {
  say(`| ${way} | ${Math.round(median(list))} | ${Math.round(Math.min(...list))} | ${(median(list) / base).toFixed(2)} |`);
}
