import { join } from 'node:path';
import { fakeDriver } from '@vmrs/testkit/fake-driver';
import { readyGuest, writeGuestScript } from '@vmrs/testkit/stand-in';
import { expect, it } from 'vitest';
import { plainGuest } from '../guests.ts';
import { Lab } from '../lab.ts';
import { processes } from '../world.ts';
import { smallGroup } from './cgroup.ts';
import { failsIn } from './fails-in.ts';

const MB = 1024 * 1024;

it('a QEMU that is killed from outside, as the OOM killer does, is failed with the signal and with evidence', async () => {
  await using lab = await Lab.create();
  const vms = await lab.open();
  const vm = await vms.boot({ name: 'web', ...(await plainGuest()) });
  const waiting = failsIn(30_000, vm.ready(), 'NOT_READY');
  process.kill(vm.process?.pid ?? 0, 'SIGKILL');
  const error = await waiting;
  expect(error.details).toMatchObject({ exit: { how: 'crashed', code: null, signal: 'SIGKILL' } });
  expect(error.details).toMatchObject({ consoleTail: expect.any(Array), vmmLogTail: expect.any(Array) });
  await vm.exit;
  expect(vm.state).toMatchObject({
    status: 'failed',
    reason: expect.stringContaining('was ended by SIGKILL'),
    exit: { how: 'crashed', signal: 'SIGKILL' },
  });
  expect(await processes()).toEqual([]);
  await vms.remove('web');
});

it('a VMM that needs more memory than its control group has is killed by the kernel, and failed with that signal', async (context) => {
  await using group = await smallGroup(32 * MB);
  if (group === null) return context.skip('needs root and a memory controller of cgroup v2 or v1');
  await using lab = await Lab.create();
  const driver = fakeDriver();
  const vms = await lab.open({ drivers: [driver] });
  const kernel = join(lab.root, 'kernel');
  await writeGuestScript(kernel, readyGuest());
  const vm = await vms.boot({ name: 'web', kernel });
  await vm.ready();
  await group.add(vm.process?.pid ?? 0);
  // The VMM holds all of it several times before it can begin to print. It is gone before it answers.
  await driver.inject('web', [{ do: 'print', text: 'x'.repeat(64 * MB) }]).catch(() => undefined);
  await vm.exit;
  expect(vm.state).toMatchObject({ status: 'failed', exit: { how: 'crashed', code: null, signal: 'SIGKILL' } });
  expect(await processes()).toEqual([]);
  await vms.remove('web');
});
