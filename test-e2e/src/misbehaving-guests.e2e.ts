import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isVmError, type VmError } from '@vmrs/core';
import { expect, it } from 'vitest';
import { type Hook, plainGuest, trickyGuest } from './guests.ts';
import { Lab } from './lab.ts';

const GUEST_MS = 60_000;

async function failure(work: Promise<unknown>): Promise<VmError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isVmError(error)) throw new Error('it did not fail with a VmError', { cause: error });
  return error;
}

async function bootTricky(lab: Lab, ...hooks: readonly Hook[]) {
  const vms = await lab.open();
  return await vms.boot({ name: 'odd', ...(await trickyGuest(...hooks)) });
}

it('a guest that panics fails at once, with its last words', async () => {
  await using lab = await Lab.create();
  const vm = await bootTricky(lab, 'panic');
  const error = await failure(vm.ready({ timeoutMs: GUEST_MS }));
  expect(error.code).toBe('NOT_READY');
  expect(error.details).toMatchObject({ exit: { how: 'panicked' } });
  expect(JSON.stringify(error.details)).toContain('Kernel panic');
  expect(vm.state).toMatchObject({
    status: 'failed',
    reason: expect.stringMatching(/^the guest kernel panicked: .*Kernel panic/),
  });
});

it('a guest that panics after it was ready is failed, not ready', async () => {
  await using lab = await Lab.create();
  const vm = await bootTricky(lab, 'panic-after-ready');
  await vm.exit;
  expect(vm.state).toMatchObject({ status: 'failed', exit: { how: 'panicked' } });
});

it('a guest that never prints the marker stays running until the deadline, which comes with evidence', async () => {
  await using lab = await Lab.create();
  const vm = await bootTricky(lab, 'no-marker');
  const error = await failure(vm.ready({ timeoutMs: 6_000 }));
  expect(error.code).toBe('TIMEOUT');
  expect(error.details).toMatchObject({ timeoutMs: 6_000, evidence: { exit: null } });
  expect(vm.state).toEqual({ status: 'running' });
  expect((await vm.stop({ graceMs: 30_000 })).how).toBe('guest');
});

it('a guest that prints half a marker and powers off was never ready', async () => {
  await using lab = await Lab.create();
  const vm = await bootTricky(lab, 'half-marker-then-poweroff');
  const error = await failure(vm.ready({ timeoutMs: GUEST_MS }));
  expect(error.code).toBe('NOT_READY');
  expect(error.details).toMatchObject({ exit: { how: 'guest' } });
  expect(JSON.stringify(error.details)).toContain('VMRS_READY 10.99');
});

it('forged markers (middle of a line, no address, no address at all, out of range, longer word) are passed over', async () => {
  await using lab = await Lab.create();
  const vm = await bootTricky(lab, 'forged-markers');
  expect((await vm.ready({ timeoutMs: GUEST_MS })).ip).not.toMatch(/^10\.99\./);
  await vm.kill();
});

it('a marker that an earlier boot left in the log of the caller does not count', async () => {
  await using lab = await Lab.create();
  const serialLog = join(lab.root, 'console.log');
  await appendFile(serialLog, 'VMRS_READY 10.99.0.7\n');
  const vms = await lab.open();
  const vm = await vms.boot({ name: 'odd', serialLog, ...(await trickyGuest('no-marker')) });
  expect((await failure(vm.ready({ timeoutMs: 5_000 }))).code).toBe('TIMEOUT');
  await vm.kill();
});

it('a reboot inside the VMM takes readiness back, and the next marker gives it again', async () => {
  await using lab = await Lab.create();
  const vm = await bootTricky(lab, 'reboot-once');
  const story: string[] = [];
  for await (const event of vm.events()) {
    story.push(event.type === 'state' ? event.state.status : event.type);
    if (story.filter((item) => item === 'ready').length === 2) break;
  }
  expect(story).toEqual(['running', 'ready', 'running', 'reset', 'ready']);
  await vm.kill();
});

it('a guest that powers itself off is stopped, not failed', async () => {
  await using lab = await Lab.create();
  const vm = await bootTricky(lab, 'poweroff-after-ready');
  expect(await vm.exit).toMatchObject({ how: 'guest', code: 0 });
  expect(vm.state.status).toBe('stopped');
});

it('stopping a guest that ignores its power button walks the ladder and reports the rung', async () => {
  await using lab = await Lab.create();
  const vm = await bootTricky(lab, 'ignore-power-button');
  await vm.ready({ timeoutMs: GUEST_MS });
  const before = await lab.look();
  const result = await vm.stop({ graceMs: 1_500 });
  expect(result).toMatchObject({
    how: 'terminated',
    rungs: [
      { rung: 'power-button', outcome: 'timed-out' },
      { rung: 'terminate', outcome: 'worked' },
    ],
  });
  expect(before.some((line) => line.startsWith('process'))).toBe(true);
  expect((await lab.look()).filter((line) => !line.startsWith('open file'))).toEqual([]);
});

it('a VMM that is killed from outside fails a pending ready() at once, with signal and evidence', async () => {
  await using lab = await Lab.create();
  const vms = await lab.open();
  const vm = await vms.boot({ name: 'odd', ...(await plainGuest()) });
  const waiting = failure(vm.ready({ timeoutMs: GUEST_MS }));
  const since = performance.now();
  // This test started it; the kill stands for the kernel's out-of-memory killer.
  process.kill(vm.process?.pid ?? 0, 'SIGKILL');
  const error = await waiting;
  expect(performance.now() - since).toBeLessThan(5_000);
  expect(error.details).toMatchObject({ exit: { how: 'crashed', signal: 'SIGKILL' } });
  expect(vm.state).toMatchObject({ status: 'failed' });
});
