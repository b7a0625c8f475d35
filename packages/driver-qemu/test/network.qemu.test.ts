import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { GuestAssets } from '@vmrs/guest';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDriver } from '../src/index.ts';
import { testGuest, withScript } from './guest.ts';
import { bootSpec, testVm } from './harness.ts';

const run = promisify(execFile);
const driver = createDriver({ accel: 'tcg' });
const CMDLINE = 'console=ttyS0 quiet panic=-1 cryptomgr.notests nolapic_timer';
/** Serves its boot id, which no other guest has. */
const SERVE =
  'mkdir /www; cp /proc/sys/kernel/random/boot_id /www/id; httpd -p 80 -h /www; echo SERVING $(cat /www/id); sleep 600';
let guest: GuestAssets;

beforeAll(async () => {
  guest = await testGuest();
}, 300_000);

describe('a network', { timeout: 60_000 }, () => {
  it('of type nat forwards a port of the host to the guest', async () => {
    await using vm = await testVm();
    const hostPort = await freePort();
    const ports = [{ hostPort, guestPort: 80, protocol: 'tcp', hostAddress: '127.0.0.1' }] as const;
    const initramfs = await withScript(guest, vm.root, SERVE);
    const spec = bootSpec(vm, {
      kernel: guest.vmlinux ?? guest.kernel,
      initramfs,
      networks: [{ type: 'nat', mac: null, ports }],
    });
    const machine = await driver.boot(spec, vm.context);
    const [, id] = await vm.waitFor(/SERVING (\S+)/);
    const answer = await fetch(`http://127.0.0.1:${hostPort}/id`);
    expect((await answer.text()).trim()).toBe(id);
    await machine.kill();
  });

  it('with a port that is taken is a start that fails and says so', async () => {
    await using vm = await testVm();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const hostPort = typeof address === 'object' && address !== null ? address.port : 0;
    const ports = [{ hostPort, guestPort: 80, protocol: 'tcp', hostAddress: '127.0.0.1' }] as const;
    const spec = bootSpec(vm, {
      kernel: guest.kernel,
      initramfs: guest.initramfs,
      networks: [{ type: 'nat', mac: null, ports }],
    });
    await expect(driver.boot(spec, vm.context)).rejects.toThrow('code 1');
    expect(await vm.vmmLog()).toMatch(/forward|address already in use/i);
    server.close();
  });

  it('of type socket carries frames between two VMs by path', async () => {
    await using left = await testVm();
    await using right = await testVm();
    const path = (vm: typeof left): string => join(vm.context.paths.runtimeDir, 'net0.sock');
    const boot = async (vm: typeof left, other: typeof left, address: string, script: string): Promise<void> => {
      await driver.boot(
        bootSpec(vm, {
          kernel: guest.vmlinux ?? guest.kernel,
          initramfs: await withScript(guest, vm.root, script),
          networks: [{ type: 'socket', path: path(other), mac: null }],
          cmdline: `${CMDLINE} vmrs.ip=eth0:${address}/24`,
        }),
        vm.context,
      );
    };
    await boot(left, right, '10.9.0.1', 'sleep 600');
    await boot(right, left, '10.9.0.2', 'until ping -c 1 -W 1 10.9.0.1; do :; done; echo REACHED');
    await left.waitFor(/VMRS_READY 10\.9\.0\.1/);
    await right.waitFor(/REACHED/);
  });

  it('of type socket uses a descriptor that it is given, and no other', async () => {
    await using vm = await testVm();
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    const peer = createSocket('udp4').bind(0, '127.0.0.1');
    await Promise.all([once(socket, 'listening'), once(peer, 'listening')]);
    socket.connect(peer.address().port, '127.0.0.1');
    await once(socket, 'connect');
    const frame = once(peer, 'message');
    const spec = bootSpec(vm, {
      kernel: guest.vmlinux ?? guest.kernel,
      initramfs: guest.initramfs,
      networks: [
        { type: 'nat', mac: null, ports: [] },
        { type: 'socket', fd: descriptorOf(socket), mac: '52:54:00:12:34:56' },
      ],
    });
    const machine = await driver.boot(spec, vm.context);
    const [bytes] = (await frame) as [Buffer];
    expect(bytes.subarray(6, 12).toString('hex')).toBe('525400123456');
    await machine.kill();
    socket.close();
    peer.close();
  });

  const lacking = process.getuid?.() === 0 ? null : 'root, to make a network namespace';
  it.skipIf(lacking !== null)(
    `of type tap works in a network namespace${lacking === null ? '' : ` (skipped: needs ${lacking})`}`,
    async () => {
      await using vm = await testVm();
      const netns = `vmrs-test-${process.pid}`;
      const ip = (...args: readonly string[]): Promise<unknown> => run('ip', [...args]);
      await ip('netns', 'add', netns);
      try {
        await ip('-n', netns, 'tuntap', 'add', 'tap0', 'mode', 'tap');
        await ip('-n', netns, 'addr', 'add', '10.77.0.1/24', 'dev', 'tap0');
        await ip('-n', netns, 'link', 'set', 'tap0', 'up');
        const spec = bootSpec(vm, {
          kernel: guest.vmlinux ?? guest.kernel,
          initramfs: await withScript(guest, vm.root, SERVE),
          networks: [{ type: 'tap', name: 'tap0', mac: null, create: false, bridge: null }],
          netns,
          cmdline: `${CMDLINE} vmrs.ip=eth0:10.77.0.2/24`,
        });
        expect(await driver.validate(spec)).toEqual([]);
        const machine = await driver.boot(spec, vm.context);
        const [, id] = await vm.waitFor(/SERVING (\S+)/);
        const { stdout } = await run('ip', [
          'netns',
          'exec',
          netns,
          'busybox',
          'wget',
          '-q',
          '-O',
          '-',
          'http://10.77.0.2/id',
        ]);
        expect(stdout.trim()).toBe(id);
        await machine.requestStop?.();
        expect(await machine.exited).toMatchObject({ reason: 'guest' });
        // The caller's own device is still there.
        await ip('-n', netns, 'link', 'show', 'tap0');
      } finally {
        await ip('netns', 'del', netns);
      }
    },
  );
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Node.js has no public way to a socket's descriptor; whoever has one to give got it from elsewhere. */
function descriptorOf(socket: object): number {
  const symbol = Object.getOwnPropertySymbols(socket).find((one) => one.description === 'state symbol');
  const state: unknown = symbol === undefined ? undefined : Reflect.get(socket, symbol);
  const handle: unknown = typeof state === 'object' && state !== null ? Reflect.get(state, 'handle') : undefined;
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof fd !== 'number') throw new TypeError('this Node.js hides its descriptors elsewhere');
  return fd;
}
