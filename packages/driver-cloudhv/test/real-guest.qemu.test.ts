import { execFileSync, spawnSync } from 'node:child_process';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VmConfig } from '@vmrs/core';
import { locateVirtiofsd } from '@vmrs/driver-kit';
import { appendToInitramfs, workloadFiles } from '@vmrs/guest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, runtimeDir } from './bench.ts';

const isRoot = process.getuid?.() === 0;
const canNet = isRoot && spawnSync('ip', ['-V']).status === 0 && spawnSync('test', ['-c', '/dev/net/tun']).status === 0;
const hasQemu = spawnSync('qemu-system-x86_64', ['--version']).status === 0;
const virtiofsd = await locateVirtiofsd(null, process.env['PATH']);
const lacking = !hasQemu
  ? 'qemu-system-x86_64'
  : !canNet
    ? 'root, ip and /dev/net/tun'
    : typeof virtiofsd === 'string'
      ? 'virtiofsd'
      : null;

const NETNS = `vmrs-ch-${process.pid}`;
const ip = (...args: readonly string[]): string => execFileSync('ip', args, { encoding: 'utf8' });

beforeAll(() => {
  if (lacking === null) ip('netns', 'add', NETNS);
});

afterAll(() => {
  if (lacking === null) ip('netns', 'delete', NETNS);
});

/** A guest that runs `script` after its marker. */
async function withScript(bench: Bench, script: string): Promise<string> {
  const path = join(bench.root, 'initramfs');
  const image = appendToInitramfs(
    await readFile(bench.guest.initramfs),
    workloadFiles({ argv: ['/bin/sh', '-c', script] }),
  );
  await writeFile(path, image);
  return path;
}

const STATIC = 'console=ttyS0 panic=-1 quiet cryptomgr.notests vmrs.ip=eth0:10.77.0.2/24';

describe.skipIf(lacking !== null)(
  `a real guest in QEMU behind the stand-in (needs ${lacking ?? 'nothing more'})`,
  { timeout: 120_000 },
  () => {
    it('has two networks, three disks in order, and two shares of which it can write to one', async () => {
      await using bench = await Bench.create({ standIn: { backend: 'qemu' }, prefix: 'vc, "odd" $(x) ' });
      const disk = async (name: string): Promise<string> => {
        const path = join(bench.root, `${name},readonly=on.img`);
        const content = Buffer.alloc(1 << 20);
        content.write(name);
        await writeFile(path, content);
        return path;
      };
      const sharedDirs = [
        { hostPath: await bench.folder('write here'), tag: 'rw' },
        { hostPath: await bench.folder('only, read'), tag: 'ro', readOnly: true },
      ];
      await writeFile(join(bench.root, 'only, read', 'file'), 'from the host');
      const script = [
        'for d in vda vdb vdc; do echo "DISK $d $(cat /sys/block/$d/serial) $(head -c 4 /dev/$d) ro=$(cat /sys/block/$d/ro)"; done',
        'for n in eth0 eth1; do echo "NIC $n $(cat /sys/class/net/$n/address)"; done',
        'echo "SHARE $(cat /mnt/ro/file)"',
        'echo from the guest >/mnt/rw/file && echo "WROTE rw"',
        'for f in /mnt/ro/file /mnt/ro/new; do echo x 2>/dev/null >$f && echo "WROTE $f"; done',
        'mount -o remount,rw /mnt/ro; echo x 2>/dev/null >/mnt/ro/file && echo "WROTE after remount"',
        'sync; echo LOOKED',
      ].join('\n');
      const cmdline = `${STATIC} vmrs.mount=rw:/mnt/rw:virtiofs vmrs.mount=ro:/mnt/ro:virtiofs`;
      const config: VmConfig = {
        ...bench.config({ name: 'everything', initramfs: await withScript(bench, script), cmdline }),
        networks: [
          { type: 'tap', create: true },
          { type: 'tap', create: true, name: 'vmrs-two' },
        ],
        ...{ netns: NETNS, rootDisk: await disk('root'), seedIso: await disk('seed'), dataDisk: await disk('data') },
        sharedDirs,
      };
      const vms = await bench.open();
      const vm = await vms.boot(config);
      expect(await vm.ready({ timeoutMs: 60_000 })).toEqual({ ip: '10.77.0.2' });
      const said = await consoleUntil(vm, /LOOKED/);
      expect(said).toContain('DISK vda root root ro=0');
      expect(said).toContain('DISK vdb seed seed ro=1');
      expect(said).toContain('DISK vdc data data ro=0');
      const macs = [...said.matchAll(/NIC eth\d (\S+)/g)].map(([, mac]) => mac);
      expect(macs).toHaveLength(2);
      expect(new Set(macs).size).toBe(2);
      expect(said).toContain('SHARE from the host');
      expect([...said.matchAll(/WROTE (.*?)\r?\n/g)].map(([, what]) => what)).toEqual(['rw']);
      expect(await readFile(join(bench.root, 'write here', 'file'), 'utf8')).toBe('from the guest\n');
      expect(await readdir(join(bench.root, 'only, read'))).toEqual(['file']);
      expect(ip('-n', NETNS, '-br', 'link')).toMatch(/vmrs-two/);
      expect((await vm.stop({ graceMs: 30_000 })).how).toBe('guest');
      expect(ip('-n', NETNS, '-br', 'link')).not.toMatch(/vmrs/);
      expect(await bench.left()).toEqual([]);
    });

    it('goes on in four VMs from one snapshot, each in a network namespace and with mounts of its own', async () => {
      await using bench = await Bench.create({ standIn: { backend: 'qemu' } });
      const names = ['one', 'two', 'three', 'four'];
      const namespaces = names.map((name) => `${NETNS}-${name}`);
      for (const netns of [...namespaces]) {
        ip('netns', 'add', netns);
        ip('-n', netns, 'tuntap', 'add', 'tap0', 'mode', 'tap');
      }
      ip('-n', NETNS, 'tuntap', 'add', 'tap0', 'mode', 'tap');
      try {
        const rootDisk = join(bench.root, 'root.img');
        await writeFile(rootDisk, Buffer.alloc(1 << 20));
        const script = 'n=0; while :; do n=$((n+1)); echo "TICK $n"; usleep 100000; done';
        const vms = await bench.open();
        const source = await vms.boot({
          ...bench.config({
            name: 'source',
            memoryMb: 192,
            initramfs: await withScript(bench, script),
            cmdline: STATIC,
          }),
          networks: [{ type: 'tap', name: 'tap0' }],
          ...{ netns: NETNS, rootDisk, vsock: true, driverOptions: { privateMounts: true } },
        });
        await source.ready({ timeoutMs: 60_000 });
        await consoleUntil(source, /TICK 3/);
        await source.pause();
        const directory = join(bench.root, 'saved');
        await source.snapshot(directory);
        expect(await readFile(join(directory, 'config.json'), 'utf8')).not.toContain(bench.root);
        await source.kill();
        const copies = await Promise.all(
          names.map(async (name, index) => {
            const own = join(bench.root, `${name}.img`);
            await copyFile(rootDisk, own);
            return vms.restore(directory, { name, netns: namespaces[index] ?? '', rootDisk: own });
          }),
        );
        for (const copy of copies) {
          await copy.resume();
          expect(copy.state).toEqual({ status: 'ready', ip: '10.77.0.2' });
          const ticks = await consoleUntil(copy, /TICK \d+[\s\S]*TICK \d+/);
          expect(Number(/TICK (\d+)/.exec(ticks)?.[1])).toBeGreaterThanOrEqual(3);
          const mounts = await readFile(`/proc/${copy.process?.pid}/mountinfo`, 'utf8');
          expect(mounts).toMatch(/ \/mnt\/disk-root /);
        }
        expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(await runtimeDir(bench));
        for (const copy of copies) expect((await copy.stop({ graceMs: 30_000 })).how).toBe('guest');
        // Not ours, so still there.
        for (const netns of namespaces) expect(ip('-n', netns, '-br', 'link')).toContain('tap0');
        expect(await bench.left()).toEqual([]);
      } finally {
        for (const netns of namespaces) ip('netns', 'delete', netns);
        ip('-n', NETNS, 'link', 'delete', 'tap0');
      }
    });
  },
);

/** The console up to the first match. */
async function consoleUntil(vm: { console(): AsyncIterable<Uint8Array> }, pattern: RegExp): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of vm.console()) {
    text += decoder.decode(chunk, { stream: true });
    if (pattern.test(text)) return text;
  }
  throw new Error(`the console ended without ${pattern}: ${text.slice(-500)}`);
}
