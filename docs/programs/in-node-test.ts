import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { VmManager } from '@vmrs/core';
import { fakeDriver, readyGuest, writeGuestScript } from '@vmrs/testkit';

test('a VM that crashes is failed, with the signal', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'app-'));
  const driver = fakeDriver();
  const folders = { stateDir: join(folder, 's'), runtimeDir: join(folder, 'r') };
  const vms = await VmManager.open({ drivers: [driver], ...folders });
  t.after(async () => {
    await vms.close();
    await rm(folder, { recursive: true });
  });

  const kernel = join(folder, 'guest');
  await writeGuestScript(kernel, readyGuest());
  const vm = await vms.boot({ name: 'web', kernel });
  await vm.ready();
  await driver.inject('web', [{ do: 'crash', signal: 'SIGSEGV' }]);
  await vm.exit;
  assert.equal(vm.state.status, 'failed');
  assert.equal(vm.state.exit?.signal, 'SIGSEGV');
});
