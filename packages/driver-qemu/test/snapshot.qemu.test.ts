import { mkdir, open, readdir, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BootSpec, isVmError, type JsonObject, type Machine, type SnapshotRef } from '@vmrs/core/driver';
import type { GuestAssets } from '@vmrs/guest';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDriver, type QemuOptions } from '../src/index.ts';
import { TICKING, testGuest, withScript } from './guest.ts';
import { bootSpec, runningProcesses, type TestVm, testVm } from './harness.ts';

const nat = { type: 'nat', mac: null, ports: [] } as const;
let guest: GuestAssets;

beforeAll(async () => {
  guest = await testGuest();
}, 300_000);

/** A guest that ticks, paused, and what it said last. */
async function tickingGuest(
  vm: TestVm,
  options: QemuOptions,
): Promise<{ machine: Machine; spec: BootSpec; word: string; count: number }> {
  const initramfs = await withScript(guest, vm.root, TICKING);
  const kernel = guest.vmlinux ?? guest.kernel;
  const spec = bootSpec(vm, { kernel, initramfs, networks: [nat, nat] });
  const machine = await createDriver({ accel: 'tcg', ...options }).boot(spec, vm.context);
  await vm.waitFor(/TICK \w+ 3\b/);
  await machine.pause?.();
  const last = [...(await vm.serial()).matchAll(/TICK (\w+) (\d+)\r?\n/g)].at(-1);
  return { machine, spec, word: last?.[1] ?? '', count: Number(last?.[2]) };
}

/** Saves into a folder that is renamed afterwards, as core does it. */
async function save(vm: TestVm, machine: Machine): Promise<SnapshotRef> {
  const partial = join(vm.root, '.partial');
  await mkdir(partial);
  const data = (await machine.snapshot?.(partial)) ?? {};
  const directory = join(vm.root, 'snapshot');
  await rename(partial, directory);
  return { directory, data: JSON.parse(JSON.stringify(data)) as JsonObject };
}

/** The spec of the saved VM for another VM with its own name and console. */
function restoredSpec(vm: TestVm, spec: BootSpec): BootSpec {
  return { ...spec, name: vm.context.vm.name, serialLog: vm.context.paths.serialLog };
}

describe.each([
  { memory: 'shared', mode: 'mapped', files: ['memory.bin', 'state.bin'] },
  { memory: 'private', mode: 'stream', files: ['state.bin'] },
] as const)('a snapshot of $memory memory ($mode)', { timeout: 90_000 }, ({ memory, mode, files }) => {
  it('continues in another QEMU where the guest was stopped, with its memory', async () => {
    await using first = await testVm();
    const { machine, spec, word, count } = await tickingGuest(first, { memory });
    const snapshot = await save(first, machine);
    expect(snapshot.data).toMatchObject({ mode });
    expect((await readdir(snapshot.directory)).sort()).toEqual(files);
    expect(await machine.state()).toBe('paused');
    expect(first.events).toEqual([{ type: 'paused' }]);
    expect((await stat(join(snapshot.directory, 'state.bin'))).mode & 0o777).toBe(0o600);
    await machine.kill();

    await using second = await testVm();
    const driver = createDriver({ accel: 'tcg', memory });
    const restored = await driver.restore?.(snapshot, restoredSpec(second, spec), second.context);
    if (restored === undefined) throw new TypeError('restore is declared');
    expect(await restored.state()).toBe('paused');
    expect(await second.serial()).toBe('');
    await restored.resume?.();
    const [, goesOn, next] = await second.waitFor(/TICK (\w+) (\d+)\r?\n/);
    expect(goesOn).toBe(word);
    // The line that was being written when the guest stopped may have been cut.
    expect(Number(next)).toBeGreaterThan(count);
    expect(Number(next)).toBeLessThanOrEqual(count + 2);
    await restored.requestStop?.();
    expect(await restored.exited).toMatchObject({ reason: 'guest' });
  });

  it('lets the saved VM go on, which may be saved again after that only', async () => {
    await using vm = await testVm();
    const { machine, count } = await tickingGuest(vm, { memory });
    await save(vm, machine);
    const again = join(vm.root, 'again');
    await mkdir(again);
    await expect(machine.snapshot?.(again)).rejects.toSatisfy((error) => isVmError(error, 'SNAPSHOT_FAILED'));
    expect(await readdir(again)).toEqual([]);
    await machine.resume?.();
    await vm.waitFor(new RegExp(`TICK \\w+ ${count + 3}\\b`));
    await machine.pause?.();
    await machine.snapshot?.(again);
    expect((await readdir(again)).sort()).toEqual(files);
    await machine.kill();
  });
});

describe('a restore', { timeout: 60_000 }, () => {
  it('restores the same snapshot several times, and never writes to it', async () => {
    await using first = await testVm();
    const { machine, spec, word } = await tickingGuest(first, {});
    const snapshot = await save(first, machine);
    await machine.kill();
    const before = await stat(join(snapshot.directory, 'memory.bin'));
    for (let round = 0; round < 2; round += 1) {
      await using vm = await testVm();
      const restored = await createDriver({ accel: 'tcg' }).restore?.(snapshot, restoredSpec(vm, spec), vm.context);
      await restored?.resume?.();
      expect((await vm.waitFor(/TICK (\w+) \d+\r?\n/))[1]).toBe(word);
      // Saved anew, it has to carry its memory along: the file it maps is not its own.
      await restored?.pause?.();
      const again = join(vm.root, 'again');
      await mkdir(again);
      expect(await restored?.snapshot?.(again)).toMatchObject({ mode: 'stream' });
      await restored?.kill();
    }
    expect((await stat(join(snapshot.directory, 'memory.bin'))).mtimeMs).toBe(before.mtimeMs);
  });

  it('is refused before anything starts when it cannot work, with every reason', async () => {
    await using first = await testVm();
    const { machine, spec } = await tickingGuest(first, {});
    const snapshot = await save(first, machine);
    await machine.kill();
    await truncate(join(snapshot.directory, 'memory.bin'), 4096);

    await using vm = await testVm();
    const driver = createDriver({ accel: 'tcg' });
    const other = { ...restoredSpec(vm, spec), cpus: 2 };
    const older = { ...snapshot, data: { ...snapshot.data, qemu: '1.2.3' } };
    const refusal = await driver.restore?.(older, other, vm.context).then(
      () => null,
      (error: unknown) => error,
    );
    if (!isVmError(refusal, 'SNAPSHOT_FAILED')) throw refusal;
    const messages = refusal.details.problems.map(({ message }) => message).join('\n');
    expect(messages).toMatch(/saved by 1\.2\.3/);
    expect(messages).toMatch(/differ from those of the saved VM/);
    expect(messages).toMatch(/4096 bytes/);
    await expect(readFile(join(vm.root, 'ledger.jsonl'), 'utf8')).resolves.not.toContain('vmm');
    await expect(driver.restore?.({ ...snapshot, data: {} }, other, vm.context)).rejects.toSatisfy((error) =>
      isVmError(error, 'SNAPSHOT_FAILED'),
    );
  });

  it('of a damaged state fails, and leaves nothing', async () => {
    await using first = await testVm();
    const { machine, spec } = await tickingGuest(first, {});
    const snapshot = await save(first, machine);
    await machine.kill();
    await using handle = await open(join(snapshot.directory, 'state.bin'), 'r+');
    await handle.truncate(5000);

    await using vm = await testVm();
    const restore = createDriver({ accel: 'tcg' }).restore?.(snapshot, restoredSpec(vm, spec), vm.context);
    await expect(restore).rejects.toSatisfy((error) => isVmError(error, 'SNAPSHOT_FAILED'));
    expect(await runningProcesses(vm)).toEqual([]);
  });
});

describe('saving', { timeout: 60_000 }, () => {
  it('that is aborted or fails leaves the VM paused and able to go on', async () => {
    await using vm = await testVm();
    const { machine, count } = await tickingGuest(vm, { memory: 'private' });
    const directory = join(vm.root, 'aborted');
    await mkdir(directory);
    const abort = new AbortController();
    // What a controller leaves that dies while it saves.
    await writeFile(join(vm.context.paths.runtimeDir, 'save.sock'), '');
    const saving = machine.snapshot?.(directory, { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 5);
    await expect(saving).rejects.toThrow('enough');
    await writeFile(join(vm.root, 'file'), '');
    await expect(machine.snapshot?.(join(vm.root, 'file', 'x'))).rejects.toThrow();
    expect(await machine.state()).toBe('paused');
    await machine.resume?.();
    await vm.waitFor(new RegExp(`TICK \\w+ ${count + 3}\\b`));
    await machine.kill();
  });
});
