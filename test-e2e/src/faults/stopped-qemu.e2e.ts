import { expect, it } from 'vitest';
import { plainGuest } from '../guests.ts';
import { Lab } from '../lab.ts';
import { failsIn } from './fails-in.ts';

const RUNG_MS = 500;
/** What may be added to a deadline on a busy machine. */
const SLACK_MS = 5_000;

async function stopped(lab: Lab) {
  const vms = await lab.open();
  const before = await lab.look();
  const vm = await vms.boot({ name: 'web', ...(await plainGuest()) });
  process.kill(vm.process?.pid ?? 0, 'SIGSTOP');
  return { vm, before };
}

it('a QEMU that is stopped by SIGSTOP gives a typed error, and is ended by SIGKILL after every other rung', async () => {
  await using lab = await Lab.create();
  const { vm, before } = await stopped(lab);
  await failsIn(SLACK_MS, vm.pause({ signal: AbortSignal.timeout(1_000) }), 'ABORTED');
  const { rungs, ...exit } = await vm.stop({ graceMs: RUNG_MS, terminateMs: RUNG_MS, sigtermMs: RUNG_MS });
  expect(rungs.map(({ rung, outcome }) => `${rung} ${outcome}`)).toEqual([
    'power-button timed-out',
    'terminate timed-out',
    'sigterm timed-out',
    'sigkill worked',
  ]);
  expect(exit).toMatchObject({ how: 'sigkill', signal: 'SIGKILL', problems: [] });
  expect(await lab.look()).toEqual(before);
});

it('a QEMU that is stopped by SIGSTOP can be killed', async () => {
  await using lab = await Lab.create();
  const { vm, before } = await stopped(lab);
  expect(await vm.kill()).toMatchObject({ how: 'sigkill', signal: 'SIGKILL', problems: [] });
  expect(await lab.look()).toEqual(before);
});
