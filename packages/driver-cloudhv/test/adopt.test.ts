import { spawn } from 'node:child_process';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Bench, behindItsBack, failure, runtimeDir } from './bench.ts';

/** Boots a VM and lets go of it, as a controller that ends does. */
async function leave(bench: Bench): Promise<number> {
  const vms = await bench.open();
  const vm = await vms.boot(bench.config({ vsock: true }));
  await vm.ready();
  const pid = vm.process?.pid ?? 0;
  await vms.close();
  return pid;
}

describe('another controller', () => {
  it('takes a VM back with all that it can do', async () => {
    await using bench = await Bench.create({ standIn: {} });
    const pid = await leave(bench);
    const vms = await bench.open();
    expect(await vms.adoptAll()).toMatchObject({ problems: [] });
    const vm = await vms.get('web');
    expect(vm.state).toEqual({ status: 'ready', ip: '10.0.2.15' });
    expect(vm.process?.pid).toBe(pid);
    await vm.pause();
    await vm.snapshot(join(bench.root, 'saved'));
    await vm.resume();
    const socket = join(await runtimeDir(bench), 'api.sock');
    await behindItsBack(socket, 'vm.pause');
    await vm.waitFor('paused');
    await behindItsBack(socket, 'vm.resume');
    await vm.waitFor('ready');
    const stream = await vm.vsock(7);
    stream.destroy();
    expect(await vm.operate('info')).toMatchObject({ state: 'Running' });
    expect(await vm.stop()).toMatchObject({ how: 'guest', code: 0 });
    expect(await bench.left()).toEqual([]);
  });

  it('notices the end of a VM that it has taken back, and how it ended', async () => {
    await using bench = await Bench.create({ standIn: {} });
    const pid = await leave(bench);
    const vms = await bench.open();
    const vm = await vms.get('web');
    process.kill(pid, 'SIGKILL');
    await vm.exit;
    expect(vm.state).toMatchObject({ status: 'failed', exit: { signal: 'SIGKILL' } });
    expect(await bench.left()).toEqual([]);
  });

  it('finds out how a VM ended that nobody looked after', async () => {
    await using bench = await Bench.create({ standIn: {} });
    const pid = await leave(bench);
    process.kill(pid, 'SIGTERM');
    while ((await bench.processes()).some((line) => line.startsWith(`${pid} `))) await new Promise(setImmediate);
    const vms = await bench.open({ keep: 'always' });
    const vm = await vms.get('web');
    expect(vm.state).toMatchObject({ status: 'stopped', exit: { how: 'unattended', code: 0 } });
  });

  it('does not take the API of another process for that of the VM', async () => {
    await using bench = await Bench.create({ standIn: {} });
    const pid = await leave(bench);
    const [first = ''] = [await runtimeDir(bench)];
    const vms = await bench.open();
    const other = await vms.boot(bench.config({ name: 'other' }));
    const folders = (await readdir(join(bench.root, 'r'))).map((name) => join(bench.root, 'r', name));
    const second = folders.find((folder) => folder !== first) ?? '';
    await rename(join(first, 'api.sock'), join(first, 'own.sock'));
    await rename(join(second, 'api.sock'), join(first, 'api.sock'));
    const { problems } = await vms.adoptAll();
    expect(JSON.stringify(problems)).toContain(`and the VM to process ${pid}`);
    expect((await bench.processes()).some((line) => line.startsWith(`${pid} `))).toBe(true);
    await rename(join(first, 'api.sock'), join(second, 'api.sock'));
    await rename(join(first, 'own.sock'), join(first, 'api.sock'));
    await other.kill();
  });

  it('does not take back a VM whose API does not answer, and leaves it as it is', async () => {
    await using bench = await Bench.create({ standIn: {} });
    const pid = await leave(bench);
    const first = await runtimeDir(bench);
    await rename(join(first, 'api.sock'), join(first, 'own.sock'));
    const vms = await bench.open();
    expect(await failure(vms.get('web'))).toMatchObject({ code: 'HYPERVISOR' });
    expect((await bench.processes()).some((line) => line.startsWith(`${pid} `))).toBe(true);
    await vms.remove('web', { force: true });
    expect(await bench.left()).toEqual([]);
  });
});

describe('a controller that died in the middle of a boot', () => {
  it('leaves a VMM without a VM, which the next one ends; the name is free then', async () => {
    await using bench = await Bench.create({ standIn: { faults: { startDelayMs: 1_500 } } });
    const program = [
      "const { VmManager } = await import('@vmrs/core');",
      `const { cloudhv } = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)});`,
      `const vms = await VmManager.open({ drivers: [cloudhv({ binary: ${JSON.stringify(bench.binary)} })],`,
      `  stateDir: ${JSON.stringify(join(bench.root, 's'))}, runtimeDir: ${JSON.stringify(join(bench.root, 'r'))} });`,
      `await vms.boot(${JSON.stringify(bench.config())});`,
    ].join('\n');
    const args = [...process.execArgv, '--input-type=module', '--eval', program];
    const first = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: 'ignore' });
    const ended = new Promise((resolve) => first.once('close', resolve));
    const started = async (): Promise<boolean> =>
      (await bench.processes()).some((line) => line.includes('--api-socket') && !line.includes('/bin/sh'));
    while (!(await started()) && first.exitCode === null) await new Promise(setImmediate);
    first.kill('SIGKILL');
    await ended;
    expect((await bench.processes()).some((line) => line.includes('--api-socket'))).toBe(true);
    const vms = await bench.open();
    expect(await vms.adoptAll()).toMatchObject({ problems: [] });
    expect(await bench.left()).toEqual([]);
    const vm = await vms.boot(bench.config());
    expect((await vm.stop()).how).toBe('guest');
  });
});
