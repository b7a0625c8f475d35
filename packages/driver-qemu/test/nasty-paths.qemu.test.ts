import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { GuestAssets } from '@vmrs/guest';
import { beforeAll, describe, expect, it } from 'vitest';
import { openAnyMonitor } from '../src/control/monitors.ts';
import { isObject, objectsIn, textOf } from '../src/control/qmp-message.ts';
import { createDriver } from '../src/index.ts';
import { testGuest } from './guest.ts';
import { bootSpec, testVm } from './harness.ts';

const run = promisify(execFile);
const nat = { type: 'nat', mac: null, ports: [] } as const;
let guest: GuestAssets;

beforeAll(async () => {
  guest = await testGuest();
}, 300_000);

/** Each could end one of QEMU's options, begin another, or be taken for a protocol, a format or a substitution. */
const NASTY = [
  'a,readonly=on,b',
  ',,',
  'comma,,comma,',
  'path=,server=off',
  `"quoted" and 'quoted'`,
  '{"driver":"null-co"}',
  'back\\slash\\,',
  'nbd:localhost:1',
  'json:{}',
  'file:x',
  '100% %s %d %p',
  '$(reboot) `id` $HOME',
  '-drive',
  '--help',
  'spaces  and\ttab',
  'ünïcødé 文件',
  '=;&|*?[]~#!',
];

describe('a path', { timeout: 60_000 }, () => {
  it.each(NASTY)('named %j arrives at QEMU unharmed', async (name) => {
    await using vm = await testVm({ prefix: `n${name.replaceAll(/[/:]/g, '_').slice(0, 24)}` });
    const folder = join(vm.root, name);
    await mkdir(folder);
    const place = async (source: string, file: string): Promise<string> => {
      const path = join(folder, file + name);
      await copyFile(source, path);
      return path;
    };
    const kernel = await place(guest.kernel, 'k');
    const initramfs = await place(guest.initramfs, 'i');
    const rootDisk = join(folder, `r${name}`);
    const dataDisk = join(folder, `d${name}`);
    const seedIso = join(folder, `s${name}`);
    await writeFile(rootDisk, Buffer.alloc(1024 * 1024));
    await writeFile(seedIso, Buffer.alloc(1024 * 1024));
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', 'image', '1M'], { cwd: folder });
    await run('mv', ['image', dataDisk], { cwd: folder });
    const spec = bootSpec(vm, {
      ...{ kernel, initramfs, rootDisk, dataDisk, seedIso },
      networks: [nat],
      sharedDirs: [
        { hostPath: folder, tag: 'ours', readOnly: false },
        { hostPath: folder, tag: 'kept', readOnly: true },
      ],
      cmdline: `console=ttyS0 quiet panic=-1 ,${name.replaceAll(/[^\x20-\x7e]/g, '_')},`,
    });
    const driver = createDriver({ accel: 'tcg', shares: name.startsWith('a') ? 'auto' : '9p' });
    expect(await driver.validate(spec)).toEqual([]);
    const machine = await driver.boot(spec, vm.context);
    const monitor = await openAnyMonitor(vm.context.paths.runtimeDir, new AbortController().signal);

    const nodes = objectsIn(await monitor.execute('query-named-block-nodes'));
    const files = new Map(nodes.map((node) => [textOf(node, 'node-name'), node]));
    const disks = {
      root: [rootDisk, 'raw', false],
      data: [dataDisk, 'qcow2', false],
      seed: [seedIso, 'raw', true],
    } as const;
    for (const [id, [path, format, readOnly]] of Object.entries(disks)) {
      const disk = files.get(`${id}-disk`);
      expect(disk).toMatchObject({ drv: format, ro: readOnly });
      expect(files.get(`${id}-file`)).toMatchObject({ drv: 'file', ro: readOnly, file: path });
      expect(isObject(disk?.['image']) ? disk['image']['filename'] : undefined).toBe(path);
    }
    // As the system sees them: the files that this process has open.
    const pid = machine.process?.pid;
    const sockets = await readFile('/proc/net/unix', 'utf8');
    for (const socket of ['qmp.sock', 'qmp-spare.sock'])
      expect(sockets).toContain(` ${join(vm.context.paths.runtimeDir, socket)}\n`);
    expect((await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')).toContain(spec.cmdline);
    monitor.close();
    await machine.kill();
    expect((await readdir(folder)).sort()).toEqual(
      [kernel, initramfs, rootDisk, dataDisk, seedIso].map((path) => path.slice(folder.length + 1)).sort(),
    );
  });

  it('full of separators boots to the marker, with the console in it', async () => {
    await using vm = await testVm({ prefix: `w,x=y"'\\ ` });
    const machine = await createDriver({ accel: 'tcg' }).boot(
      bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs, networks: [nat] }),
      vm.context,
    );
    await vm.waitFor(/VMRS_READY/);
    await machine.requestStop?.();
    expect(await machine.exited).toMatchObject({ reason: 'guest' });
  });
});
