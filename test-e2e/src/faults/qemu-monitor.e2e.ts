import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isVmError, type VmManager } from '@vmrs/core';
import { qemu } from '@vmrs/driver-qemu';
import { describe, expect, it } from 'vitest';
import { plainGuest } from '../guests.ts';
import { Lab } from '../lab.ts';
import { processes } from '../world.ts';
import { failsIn } from './fails-in.ts';

const FAKE = join(import.meta.dirname, '..', 'fixtures', 'fake-qemu.ts');
const START_MS = 2_000;
/** What may be added to a deadline on a busy machine. */
const SLACK_MS = 5_000;

/** A manager with the QEMU driver and a program in QEMU's place, which answers what it is asked before a boot as the real one does. */
async function open(lab: Lab, mode: string, from: 'start' | 'life'): Promise<VmManager> {
  const binary = join(lab.root, 'fake-qemu');
  const fake = `exec '${process.execPath}' '${FAKE}' ${mode} ${from} "$@"`;
  await writeFile(binary, `#!/bin/sh\ncase "$*" in *id=qmp0*) ${fake} ;; *) exec qemu-system-x86_64 "$@" ;; esac\n`, {
    mode: 0o755,
  });
  const driver = qemu({ binary, arch: 'x86_64', accel: 'tcg', startTimeoutMs: START_MS });
  return lab.open({ drivers: [driver] });
}

async function nothingLeft(lab: Lab): Promise<void> {
  await expect.poll(processes).toEqual([]);
  expect((await lab.look()).filter((line) => !line.startsWith('open file'))).toEqual([]);
}

describe.each(['hangs', 'babbles', 'closes', 'breaks-off'])('a QEMU whose monitor %s', (mode) => {
  it('is a boot that fails in time and leaves nothing', async () => {
    await using lab = await Lab.create();
    const vms = await open(lab, mode, 'start');
    const boot = vms.boot({ name: 'web', ...(await plainGuest()) });
    const error = await failsIn(START_MS + SLACK_MS, boot, 'BOOT_FAILED');
    expect(isVmError(error.cause, 'HYPERVISOR')).toBe(true);
    await vms.remove('web');
    await nothingLeft(lab);
  });

  it('fails a pause and is ended by SIGTERM, which the report tells', async () => {
    await using lab = await Lab.create();
    const vms = await open(lab, mode, 'life');
    const vm = await vms.boot({ name: 'web', ...(await plainGuest()) });
    await failsIn(SLACK_MS, vm.pause({ signal: AbortSignal.timeout(1_000) }), 'HYPERVISOR', 'ABORTED');
    expect(vm.state.status).toBe('running');
    const { rungs, ...exit } = await vm.stop({ graceMs: 300, terminateMs: 300, sigtermMs: SLACK_MS });
    expect(rungs.map(({ rung, outcome }) => `${rung} ${outcome}`)).toEqual([
      expect.stringMatching(/^power-button (failed|timed-out)$/),
      expect.stringMatching(/^terminate (failed|timed-out)$/),
      'sigterm worked',
    ]);
    expect(exit).toMatchObject({ how: 'sigterm', signal: 'SIGTERM', problems: [] });
    await nothingLeft(lab);
  });

  it('cannot be taken back, is left as it is, and is found ended once it is', async () => {
    await using lab = await Lab.create();
    const first = await open(lab, mode, 'life');
    const vm = await first.boot({ name: 'web', ...(await plainGuest()) });
    await failsIn(SLACK_MS, vm.pause({ signal: AbortSignal.timeout(1_000) }), 'HYPERVISOR', 'ABORTED');
    await first.close();
    const second = await open(lab, mode, 'life');
    await failsIn(2 * SLACK_MS, second.get('web'), 'HYPERVISOR');
    expect(await second.list()).toMatchObject([{ name: 'web', state: { status: 'running' } }]);
    const pid = vm.process?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await expect.poll(async () => (await processes()).filter((line) => line.includes(` ${pid} `))).toEqual([]);
    expect((await second.get('web')).state).toMatchObject({ status: 'failed', exit: { signal: 'SIGKILL' } });
    await second.remove('web');
    await nothingLeft(lab);
  });
});
