import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '@vmrs/driver-kit';
import { appendToInitramfs, type GuestAssets, workloadFiles } from '@vmrs/guest';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDriver } from '../src/index.ts';
import { testGuest } from './guest.ts';
import { bootSpec, runningProcesses, type TestVm, testVm } from './harness.ts';

const QEMU_AND_KEEPER = 2;
const run = promisify(execFile);
const missing = await (async (): Promise<string | null> => {
  const path = process.env['PATH'];
  if ((await findProgram(['vhost-device-vsock'], path)) === null) return 'vhost-device-vsock';
  return (await findProgram(['cc'], path)) === null ? 'a C compiler' : null;
})();
const driver = createDriver({ accel: 'tcg' });
let guest: GuestAssets;

/** An initramfs whose guest runs the echo program. */
async function echoGuest(vm: TestVm): Promise<string> {
  const program = join(vm.root, 'vsock-echo');
  await run('cc', ['-static', '-O1', '-o', program, join(import.meta.dirname, 'fixtures', 'vsock-echo.c')]);
  const files = [
    ...workloadFiles({ argv: ['/bin/vsock-echo'] }),
    { path: '/bin/vsock-echo', body: await readFile(program), mode: 0o755 },
  ];
  const initramfs = join(vm.root, 'initramfs');
  await writeFile(initramfs, appendToInitramfs(await readFile(guest.initramfs), files));
  return initramfs;
}

describe.skipIf(missing !== null)(
  `vsock${missing === null ? '' : ` (skipped: this host lacks ${missing})`}`,
  { timeout: 60_000 },
  () => {
    beforeAll(async () => {
      guest = await testGuest();
    }, 300_000);

    it('connects to a port of the guest, and says when nobody listens there', async () => {
      await using vm = await testVm();
      const spec = bootSpec(vm, { kernel: guest.kernel, initramfs: await echoGuest(vm), vsock: true });
      expect(await driver.validate(spec)).toEqual([]);
      const machine = await driver.boot(spec, vm.context);
      await vm.waitFor(/VSOCK_LISTENS/);
      for (const words of ['hello', 'again']) {
        const connection = await machine.vsock?.(1024);
        if (connection === undefined) throw new TypeError('vsock is declared');
        connection.write(words);
        const [answer] = (await once(connection, 'data')) as [Buffer];
        expect(answer.toString()).toBe(words);
        connection.destroy();
      }
      await expect(machine.vsock?.(1025)).rejects.toMatchObject({
        code: 'HYPERVISOR',
        details: { operation: 'vsock' },
      });
      await machine.requestStop?.();
      expect(await machine.exited).toMatchObject({ reason: 'guest' });
      // This helper waits for the next hypervisor; it is in the ledger, by which core ends it.
      expect(await runningProcesses(vm)).toHaveLength(QEMU_AND_KEEPER);
    });
  },
);
