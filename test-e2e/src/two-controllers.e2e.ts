import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isVmError } from '@vmrs/core';
import { expect, it } from 'vitest';
import { plainGuest } from './guests.ts';
import { Lab } from './lab.ts';
import { processes } from './world.ts';

const run = promisify(execFile);

it('a VM booted by one Node.js process is found, ready, paused, resumed and stopped by another', async () => {
  await using lab = await Lab.create();
  const program = join(import.meta.dirname, 'fixtures', 'boot-and-leave.ts');
  const config = JSON.stringify({ name: 'web', ...(await plainGuest()) });
  const { stdout } = await run(process.execPath, [...process.execArgv, program, lab.stateDir, lab.runtimeDir, config]);
  const left: { ip: string; pid: number; instanceId: string } = JSON.parse(stdout);
  // With its keeper.
  expect(await processes()).toEqual([
    expect.stringMatching(/^process \d+ sh/),
    expect.stringContaining(`process ${left.pid} qemu-system`),
  ]);

  const vms = await lab.open();
  expect(await vms.list()).toMatchObject([
    { name: 'web', instanceId: left.instanceId, state: { status: 'ready', ip: left.ip } },
  ]);
  await expect(vms.boot(JSON.parse(config))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });

  const vm = await vms.get('web');
  expect(vm.process?.pid).toBe(left.pid);
  expect(vm.state).toEqual({ status: 'ready', ip: left.ip });
  expect(await vm.ready({ timeoutMs: 0 })).toEqual({ ip: left.ip });
  await vm.pause();
  await vm.resume();
  expect(vm.state).toEqual({ status: 'ready', ip: left.ip });
  expect(await vm.stop({ graceMs: 30_000 })).toMatchObject({ how: 'guest', problems: [] });
  expect((await lab.look()).filter((line) => !line.startsWith('open file'))).toEqual([]);
});

it('a second controller sees a VM that another one holds and has it paused and stopped, and never boots its name again', async () => {
  await using lab = await Lab.create();
  const first = await lab.open();
  const guest = await plainGuest();
  const held = await first.boot({ name: 'web', ...guest });
  const second = await lab.open();
  const error: unknown = await second.boot({ name: 'web', ...guest }).catch((reason: unknown) => reason);
  expect(isVmError(error, 'ALREADY_EXISTS') && error.details.ownerPid).toBe(process.pid);
  expect(await second.list()).toMatchObject([{ name: 'web', state: { status: 'running' }, ownerPid: process.pid }]);

  const vm = await second.get('web');
  expect(vm.process).toEqual(held.process);
  expect(await vm.ready({ timeoutMs: 120_000 })).toEqual(await held.ready());
  await vm.pause();
  expect([vm.state, held.state]).toEqual([{ status: 'paused' }, { status: 'paused' }]);
  await vm.resume();
  const result = await vm.stop({ graceMs: 60_000 });
  expect(result).toMatchObject({ how: 'guest', problems: [] });
  expect(await held.stop()).toEqual(result);
});
