import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isVmError, type Vm, VmManager } from '@vmrs/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../src/conformance/expectations.ts';
import { filesUnder } from '../src/conformance/outside/files.ts';
import { MARK, markedProcesses } from '../src/conformance/outside/processes.ts';
import { type FakeDriver, fakeDriver } from '../src/fake-driver/index.ts';
import { type GuestScript, readyGuest, writeGuestScript } from '../src/stand-in/index.ts';

let dir: string;
let driver: FakeDriver;
let vms: VmManager;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vf-'));
  driver = fakeDriver({ answerTimeoutMs: 500 });
  vms = await VmManager.open({ drivers: [driver], stateDir: join(dir, 's'), runtimeDir: join(dir, 'r') });
});

afterEach(async () => {
  driver.faults.clear();
  for (const { name } of await vms.list()) await (await vms.get(name)).kill();
  await vms.close();
  await rm(dir, { recursive: true });
});

async function boot(script: GuestScript = readyGuest()): Promise<Vm> {
  const kernel = join(dir, 'kernel');
  await writeGuestScript(kernel, script);
  return vms.boot({ name: 'web', kernel });
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it resolved',
    (error: unknown) => error,
  );

describe('the fake driver', () => {
  it('boots a guest script whose marker makes the VM ready', async () => {
    const vm = await boot(readyGuest('10.1.2.3'));
    expect(await vm.ready({ timeoutMs: 5_000 })).toEqual({ ip: '10.1.2.3' });
    expect((await vm.stop()).how).toBe('guest');
  });

  it('refuses a kernel that is no guest script, and more CPUs than the stand-in has, at once', async () => {
    const error = await failure(vms.boot({ name: 'web', kernel: process.execPath, cpus: 65 }));
    if (!isVmError(error, 'INVALID_CONFIG')) throw error;
    expect(error.details.problems.map(({ path }) => path)).toEqual(['cpus', 'kernel']);
  });

  it('has options for one VM, and refuses each that it does not know where it stands', async () => {
    const kernel = join(dir, 'kernel');
    await writeGuestScript(kernel, readyGuest());
    const wrong = { label: 5, loud: true, control: { answerMs: 0, retries: 3 } };
    const error = await failure(vms.boot({ name: 'web', kernel, driverOptions: wrong }));
    if (!isVmError(error, 'INVALID_CONFIG')) throw error;
    const paths = error.details.problems.map(({ path }) => path);
    expect(paths.toSorted()).toEqual([
      'driverOptions.control.answerMs',
      'driverOptions.control.retries',
      'driverOptions.label',
      'driverOptions.loud',
    ]);
    const vm = await vms.boot({ name: 'web', kernel, driverOptions: { label: 'blue', control: { answerMs: 1_000 } } });
    expect(await readFile(`/proc/${vm.process?.pid}/environ`, 'utf8')).toContain('\0STAND_IN_LABEL=blue\0');
  });

  it('fails where a fault says so, and works again when it is cleared', async () => {
    const fault = new Error('no');
    driver.faults.set('boot', { fail: fault });
    const error = await failure(boot());
    if (!isVmError(error, 'BOOT_FAILED')) throw error;
    expect(error.cause).toBe(fault);
    driver.faults.clear('boot');
    const vm = await boot();
    driver.faults.set('pause', { fail: fault });
    expect(await failure(vm.pause())).toMatchObject({ code: 'HYPERVISOR', cause: fault });
    driver.faults.clear();
    await vm.pause();
    expect(vm.state.status).toBe('paused');
  });

  it('hangs where a fault says so, until it is aborted', async () => {
    const vm = await boot();
    driver.faults.set('pause', { hang: true });
    expect(await failure(vm.pause({ signal: AbortSignal.timeout(50) }))).toMatchObject({ code: 'ABORTED' });
    driver.faults.clear();
    await vm.ready({ timeoutMs: 5_000 });
  });

  it('has things happen to a living VMM', async () => {
    const vm = await boot();
    await driver.inject('web', [{ do: 'crash', signal: 'SIGSEGV' }]);
    await vm.exit;
    expect(vm.state).toMatchObject({ status: 'failed', exit: { how: 'crashed', signal: 'SIGSEGV' } });
  });

  it('takes the helper processes of a VMM with it when the VMM is killed', async () => {
    process.env[MARK] = dir;
    const vm = await boot();
    delete process.env[MARK];
    await driver.inject('web', [{ do: 'fork' }]);
    await eventually(2_000, async () => (await markedProcesses(dir)).length === 3, 'the start of the helper');
    await vm.kill();
    await eventually(2_000, async () => (await markedProcesses(dir)).length === 0, 'the end of the helper');
  });

  it('leaves no helper process behind when the VMM crashes by itself', async () => {
    process.env[MARK] = dir;
    const vm = await boot();
    delete process.env[MARK];
    await driver.inject('web', [{ do: 'fork' }]);
    await eventually(2_000, async () => (await markedProcesses(dir)).length === 3, 'the start of the helper');
    await driver.inject('web', [{ do: 'crash', signal: 'SIGKILL' }]);
    await vm.exit;
    expect(await markedProcesses(dir)).toEqual([]);
  });

  it('says that a VMM which does not answer cannot be asked, and still ends it', async () => {
    const vm = await boot();
    await vm.ready({ timeoutMs: 5_000 });
    await driver.inject('web', [{ do: 'control', mode: 'hangs' }]);
    expect(await failure(vm.pause())).toMatchObject({ code: 'HYPERVISOR' });
    const exit = await vm.stop({ graceMs: 700, terminateMs: 700 });
    expect(exit.rungs.at(-1)).toMatchObject({ outcome: 'worked' });
  });

  it('treats bytes that are no message as a broken connection, not as an end of the VM', async () => {
    const vm = await boot();
    await driver.inject('web', [{ do: 'control', mode: 'babbles' }]);
    expect(await failure(vm.pause())).toMatchObject({ code: 'HYPERVISOR' });
    expect(['running', 'ready']).toContain(vm.state.status);
    await vm.kill();
  });

  it('leaves nothing when its VMM does not come up', async () => {
    const error = await failure(boot({ boots: [[]], vmm: { exitAtStart: 9 } }));
    if (!isVmError(error, 'BOOT_FAILED')) throw error;
    expect(error.message).toContain('exited with code 9');
    expect(error.details.vmmLogTail.join('\n')).toContain('told to exit at its start with code 9');
    expect(await filesUnder(join(dir, 'r'))).toEqual([]);
  });
});
