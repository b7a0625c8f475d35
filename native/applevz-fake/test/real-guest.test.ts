import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MachineSpec } from '@vmrs/applevz-addon';
import { buildFakeAddon, disguisedKernel, fakeAddonEnvironment } from '@vmrs/applevz-fake';
import { type GuestAssets, guestAssets } from '@vmrs/guest';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { untilFileSays } from './fixtures/until-file-says.ts';
import { useDouble, type WatchedMachine } from './fixtures/use-double.ts';

const CMDLINE = 'console=hvc0 panic=-1 quiet cryptomgr.notests';
const GUEST_TIMEOUT_MS = 180_000;
const MIB = 1024 * 1024;

const double = useDouble();
let guest: GuestAssets;
let kernel: string;
let count = 0;

beforeAll(async () => {
  guest = await guestAssets({ testHooks: true });
  kernel = await disguisedKernel(guest.kernel, join(double.folder, 'linux'));
}, 300_000);
beforeEach((context) => {
  const found = spawnSync('qemu-system-x86_64', ['--version']).status === 0 && process.arch === 'x64';
  if (!found) context.skip('no qemu-system-x86_64 on an x64 host');
  double.behave({ guest: 'qemu' });
});

function spec(over: Partial<MachineSpec>, more = ''): MachineSpec {
  const boot = { kind: 'linux', kernel, initramfs: guest.initramfs, cmdline: `${CMDLINE} ${more}` } as const;
  return double.spec({ boot, memoryBytes: 192 * MIB, ...over });
}

/** A started machine, and the file of its console. */
async function boot(over: Partial<MachineSpec> = {}, more = ''): Promise<WatchedMachine & { readonly log: string }> {
  count += 1;
  const log = join(double.folder, `real-console-${count}`);
  const watched = double.make(spec({ serial: { kind: 'file', path: log }, ...over }, more));
  await watched.machine.start();
  return { ...watched, log };
}

describe('a real guest behind the framework', { timeout: GUEST_TIMEOUT_MS }, () => {
  it('boots to its marker with disks, networks and shares, and obeys the power button', async () => {
    const [end] = double.addon.datagramPair();
    await writeFile(join(double.folder, 'shared'), 'from the host');
    const disk = await double.file(MIB);
    const { log, event, machine } = await boot(
      {
        disks: [{ path: disk, readOnly: true, caching: 'cached', synchronization: 'fsync', identifier: 'data' }],
        networks: [
          { kind: 'nat', mac: '02:00:00:aa:bb:cc' },
          { kind: 'socket', mac: '02:00:00:aa:bb:cd', fd: end, mtu: 1500 },
        ],
        shares: [{ kind: 'directory', tag: 'host', path: double.folder, readOnly: true }],
      },
      'vmrs.mount=host:/mnt/host:virtiofs:ro',
    );
    expect(await untilFileSays(log, 'VMRS_READY')).toMatch(/^VMRS_READY 10\.0\.2\.15\r?$/m);
    await machine.requestStop();
    await event('guest-stopped');
    expect(await machine.state()).toBe('stopped');
  });

  it('is saved and continued in another machine', async () => {
    const path = join(double.folder, 'real-state');
    const { log, machine } = await boot();
    await untilFileSays(log, 'VMRS_READY');
    await machine.pause();
    await machine.save(path);
    await machine.stop();
    const { machineId } = machine;
    const next = double.make(spec({ serial: { kind: 'file', path: log }, machineId }));
    await next.machine.restore(path);
    expect(await next.machine.state()).toBe('paused');
    await next.machine.resume();
    await next.machine.requestStop();
    await next.event('guest-stopped');
  });

  it('says its last words before its machine is said to have stopped', async () => {
    const { log, event } = await boot({}, 'vmrs.test=poweroff-after-ready');
    await event('guest-stopped');
    expect(await readFile(log, 'latin1')).toContain('VMRS_READY');
  });

  it('goes with the process that has its machine, whatever ends that', async () => {
    const program = join(double.folder, 'owner.cjs');
    const addon = await buildFakeAddon();
    const made = JSON.stringify({ ...spec({}), machineId: null });
    const lines = [
      `const machine = require(${JSON.stringify(addon)}).createMachine(${made}, () => {});`,
      `machine.start().then(() => console.log('started'));`,
      `setInterval(() => {}, 1000);`,
    ];
    await writeFile(program, lines.join('\n'));
    const env = { ...process.env, ...fakeAddonEnvironment({ arch: 'arm64', guest: 'qemu' }) };
    const owner: ChildProcess = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    if (owner.stdout === null) throw new TypeError('its stdout is piped');
    await once(owner.stdout, 'data');
    expect(await commandsWith(kernel)).not.toEqual([]);
    owner.kill('SIGKILL');
    await expect.poll(() => commandsWith(kernel), { timeout: 20_000 }).toEqual([]);
  });

  it('is refused without a kernel, as the double has no firmware', async () => {
    const boot = { kind: 'efi', variableStore: join(double.folder, 'store'), create: true } as const;
    const { machine } = double.make(double.spec({ boot }));
    await expect(machine.start()).rejects.toMatchObject({ nativeCode: 1, reason: expect.stringContaining('EFI') });
  });
});

/** Command lines of processes that name a file. */
async function commandsWith(path: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string): Promise<string> => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
  return (await Promise.all(pids.map(read))).filter((line) => line.includes(path));
}
