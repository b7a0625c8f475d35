import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Vm } from '@vmrs/core';
import { locateVirtiofsd } from '@vmrs/driver-kit';
import { appendToInitramfs, workloadFiles } from '@vmrs/guest';
import { describe, expect } from 'vitest';
import { appleVz } from '../src/index.ts';
import type { Bench } from './fixtures/bench.ts';
import { onMac } from './fixtures/on-mac.ts';

const hasQemu = spawnSync('qemu-system-x86_64', ['--version']).status === 0;
const virtiofsd = await locateVirtiofsd(null, process.env['PATH']);
const lacking = !hasQemu ? 'qemu-system-x86_64' : typeof virtiofsd === 'string' ? 'virtiofsd' : null;

const REAL = { guest: 'qemu' } as const;

/** What the console has said when it says `end`. */
async function consoleUntil(vm: Vm, end: RegExp): Promise<string> {
  let said = '';
  for await (const bytes of vm.console()) {
    said += Buffer.from(bytes).toString('latin1');
    if (end.test(said)) return said;
  }
  throw new Error(`the console ended before ${end}: ${said}`);
}

/** A guest that runs `script` after its marker. */
async function withScript(bench: Bench, script: string): Promise<string> {
  const path = join(bench.root, 'initramfs');
  const image = appendToInitramfs(
    await readFile(bench.mac.guest.initramfs),
    workloadFiles({ argv: ['/bin/sh', '-c', script] }),
  );
  await writeFile(path, image);
  return path;
}

describe.skipIf(lacking !== null)(
  `a real guest in QEMU behind the framework's double (needs ${lacking ?? 'nothing more'})`,
  () => {
    onMac('becomes ready, is paused, and powers off by its button', REAL, async (bench) => {
      const vm = await bench.boot({ networks: [{ type: 'nat' }] });
      const { ip } = await vm.ready({ timeoutMs: 60_000 });
      expect(ip).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      await vm.pause();
      await vm.resume();
      expect(await vm.stop({ graceMs: 20_000 })).toMatchObject({ how: 'guest' });
      expect(await bench.left()).toEqual([]);
    });

    onMac('has three disks in order, a network, and two shares of which it can write to one', REAL, async (bench) => {
      const disk = async (name: string): Promise<string> => {
        const path = join(bench.root, `${name}, odd "name" $(x).img`);
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
        'echo "NIC $(cat /sys/class/net/eth0/address)"',
        'echo "SHARE $(cat /mnt/ro/file)"',
        'echo from the guest >/mnt/rw/file && echo "WROTE rw"',
        'for f in /mnt/ro/file /mnt/ro/new; do echo x 2>/dev/null >$f && echo "WROTE $f"; done',
        'mount -o remount,rw /mnt/ro; echo x 2>/dev/null >/mnt/ro/file && echo "WROTE after remount"',
        'sync; echo LOOKED',
      ].join('\n');
      const console = 'console=hvc0 panic=-1 quiet cryptomgr.notests';
      const vm = await bench.boot({
        initramfs: await withScript(bench, script),
        cmdline: `${console} vmrs.mount=rw:/mnt/rw:virtiofs vmrs.mount=ro:/mnt/ro:virtiofs:ro`,
        networks: [{ type: 'nat' }],
        ...{ rootDisk: await disk('root'), seedIso: await disk('seed'), dataDisk: await disk('data') },
        sharedDirs,
      });
      const said = await consoleUntil(vm, /^LOOKED/m);
      const { macs } = await appleVz(vm).info();
      expect(said).toContain('DISK vda root root ro=0');
      expect(said).toContain('DISK vdb seed seed ro=1');
      expect(said).toContain('DISK vdc data data ro=0');
      expect(said).toContain(`NIC ${macs[0]}`);
      expect(said).toContain('SHARE from the host');
      expect(said.match(/WROTE .*\w/g)).toEqual(['WROTE rw']);
      expect(await readFile(join(bench.root, 'write here', 'file'), 'utf8')).toBe('from the guest\n');
      await vm.kill();
      expect(await bench.left()).toEqual([]);
    });

    onMac('goes on from a snapshot where it was', REAL, async (bench) => {
      const counting = 'i=0; while :; do i=$((i+1)); echo "COUNT $i"; sleep 0.2; done';
      const vms = await bench.open();
      const vm = await vms.boot(bench.config({ initramfs: await withScript(bench, counting) }));
      await vm.ready({ timeoutMs: 60_000 });
      await consoleUntil(vm, /COUNT 3\b/);
      await vm.pause();
      const directory = join(bench.root, 'snapshot');
      await vm.snapshot(directory);
      await vm.kill();
      const restored = await vms.restore(directory);
      const first = consoleUntil(restored, /COUNT \d+\s/);
      await restored.resume();
      const count = Number(/COUNT (\d+)/.exec(await first)?.[1] ?? 0);
      expect(count).toBeGreaterThanOrEqual(3);
      await restored.kill();
      expect(await bench.left()).toEqual([]);
    });

    onMac('whose kernel panics ends with its words', REAL, async (bench) => {
      const vm = await bench.boot({}, ['panic']);
      await vm.exit;
      expect(vm.state).toMatchObject({ status: 'failed', exit: { how: 'panicked' } });
      expect(JSON.stringify(vm.state)).toContain('Attempted to kill init');
      expect(await bench.left()).toEqual([]);
    });

    onMac('writes to a log of the caller that other boots have written to', REAL, async (bench) => {
      await mkdir(join(bench.root, 'logs'));
      const serialLog = join(bench.root, 'logs', 'console.log');
      const vms = await bench.open();
      for (const name of ['first', 'second']) {
        const vm = await vms.boot(bench.config({ name, serialLog }));
        await vm.ready({ timeoutMs: 60_000 });
        await vm.kill();
      }
      expect((await readFile(serialLog, 'latin1')).match(/VMRS_READY/g)).toHaveLength(2);
    });
  },
);
