import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendToInitramfs, type ExtraFile, type GuestAssets, guestAssets, workloadFiles } from '../src/index.ts';
import { hostProgram, skipNote } from './host-program.ts';
import { readNewc } from './newc-reader.ts';
import { QEMU, type QemuGuest, type QemuOptions, startGuest } from './qemu-guest.ts';

/** The daemon that Debian 12 ships with QEMU. */
const VIRTIOFSD = '/usr/lib/qemu/virtiofsd';
const mke2fs = hostProgram('mke2fs');
const assets = await guestAssets({ arch: 'x86_64', testHooks: true }).catch((error: Error) => error);
const missing = [
  ...(hostProgram(QEMU) === undefined ? [`${QEMU} is not installed`] : []),
  ...(assets instanceof Error ? [`no guest kernel: ${assets.message}`] : []),
].join('; ');

describe.skipIf(missing !== '')(`a real guest${missing && ` (skipped: ${missing})`}`, { timeout: 120_000 }, () => {
  let folder: string;
  let images = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vmrs-boot-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function boot(parameters = '', files: readonly ExtraFile[] = [], qemu: Partial<QemuOptions> = {}) {
    const { vmlinux = '', initramfs, parameters: boot } = assets as GuestAssets;
    let image = initramfs;
    if (files.length > 0) {
      image = join(folder, `initramfs-${images++}`);
      await writeFile(image, appendToInitramfs(await readFile(initramfs), files));
    }
    const append = [boot.console, ...boot.fast, ...boot.fastSingleCpu, 'reboot=t', parameters].join(' ');
    return await startGuest({ kernel: vmlinux, firmware: 'qboot.rom', initramfs: image, append, ...qemu });
  }

  function run(...argv: string[]): ExtraFile[] {
    return workloadFiles({ argv });
  }

  const script = (text: string) => run('/bin/sh', '-c', text);
  const lines = (guest: QemuGuest) => guest.console.split('\n');

  it.each([
    ['as bzImage', false],
    ['as uncompressed kernel through PVH', true],
  ])('boots %s, gets an address, says so in one line, and powers off at the button', async (_, pvh) => {
    const { kernel, vmlinux } = assets as GuestAssets;
    expect(vmlinux).toBeDefined();
    await using guest = await boot('', [], pvh ? {} : { kernel, firmware: undefined });
    await guest.waitFor(/^VMRS_READY 10\.0\.2\.15\n/m);
    await guest.powerButton();
    expect(await guest.exit()).toBe(0);
    expect(lines(guest).filter((line) => line.includes('VMRS_'))).toEqual(['VMRS_READY 10.0.2.15']);
  });

  it('ends a machine without ACPI by a reset, and is ready at its loopback address where there is no network card', async () => {
    await using guest = await boot('vmrs.on_exit=poweroff', run('true'), {
      machine: 'microvm,acpi=off',
      devices: [],
    });
    expect(await guest.exit()).toBe(0);
    expect(lines(guest).filter((line) => line.includes('VMRS_'))).toEqual(['VMRS_READY 127.0.0.1', 'VMRS_EXIT 0']);
  });

  it('runs the workload after the marker, word for word, with its environment and folder', async () => {
    const argv = ['/bin/sh', '-c', 'echo "$0|$1|$GREETING|$PWD"; exit 7', `it's "quoted", $(reboot); `, 'two\nlines'];
    const env = { GREETING: 'a  b; poweroff `reboot`' };
    await using guest = await boot('', workloadFiles({ argv, env, cwd: '/tmp' }));
    await guest.waitFor(/^VMRS_EXIT 7\n/m);
    const output = `it's "quoted", $(reboot); |two\nlines|a  b; poweroff \`reboot\`|/tmp\n`;
    expect(guest.console).toContain(`VMRS_READY 10.0.2.15\n${output}`);
  });

  it('prints the words of the guest on the console', async () => {
    await using guest = await boot('vmrs.on_exit=poweroff', run('uname', '-a'));
    await guest.waitFor(new RegExp(`^Linux .*${(assets as GuestAssets).kernelVersion}.* x86_64 GNU/Linux\\n`, 'm'));
    expect(await guest.exit()).toBe(0);
  });

  it('reaps orphans, and the first process sleeps when there is nothing to do', async () => {
    const text = `
      for i in 1 2 3 4 5 6 7 8; do (sh -c 'sleep 0.2 & exit 0' &); done
      sleep 1.5
      zombies=0
      for stat in /proc/[0-9]*/stat; do
        read -r pid name state rest <$stat && [ "$state" != Z ] || zombies=$((zombies + 1))
      done
      set -- $(cat /proc/1/stat); before=$(($14 + $15)); sleep 1; set -- $(cat /proc/1/stat)
      echo "zombies $zombies ticks $(($14 + $15 - before)) first $2"`;
    await using guest = await boot('', script(text));
    await guest.waitFor(/^zombies 0 ticks 0 first \(init\)\n/m);
  });

  it('keeps secrets in files that only root can read, off the kernel command line', async () => {
    const secret: ExtraFile = { path: '/etc/vmrs/token', body: 'hunter2' };
    const text = 'stat -c "%a %u" /etc/vmrs/token; cat /etc/vmrs/token; echo; grep -c hunter2 /proc/cmdline';
    await using guest = await boot('', [secret, ...script(text)]);
    await guest.waitFor(/^600 0\nhunter2\n0\n/m);
  });

  it('sets static addresses by MAC, and reports the interface that was asked for', async () => {
    const devices = [1, 2].flatMap((n) => [
      ...['-netdev', `user,id=n${n}`],
      ...['-device', `virtio-net-pci,netdev=n${n},mac=52:54:00:00:00:0${n}`],
    ]);
    const parameters =
      'vmrs.ip=52:54:00:00:00:02:192.168.7.9/24:192.168.7.1:192.168.7.53 vmrs.primary=52:54:00:00:00:02';
    const text = 'ip -4 addr show | grep inet; ip route; cat /etc/resolv.conf';
    await using guest = await boot(parameters, script(text), { devices });
    await guest.waitFor(/^VMRS_EXIT 0\n/m);
    expect(lines(guest).filter((line) => line.startsWith('VMRS_READY'))).toEqual(['VMRS_READY 192.168.7.9']);
    expect(guest.console).toContain('192.168.7.9/24');
    expect(guest.console).toContain('default via 192.168.7.1 dev eth1');
    expect(guest.console).toContain('nameserver 192.168.7.53');
  });

  it('says which named interface does not exist, and reports no other one in its place', async () => {
    const parameters = 'vmrs.ip=eth9:10.0.0.2/24 vmrs.primary=52:54:00:00:00:99';
    await using guest = await boot(parameters, run('true'));
    await guest.waitFor(/^VMRS_EXIT 0\n/m);
    expect(lines(guest).filter((line) => line.includes('VMRS_'))).toEqual([
      'VMRS_NO_INTERFACE eth9',
      'VMRS_NO_ADDRESS 52:54:00:00:00:99',
      'VMRS_EXIT 0',
    ]);
  });

  it("takes the kernel's own form of a static address, and IPv6 in brackets", async () => {
    await using kernelForm = await boot(
      'ip=10.0.2.77::10.0.2.2:255.255.255.0:box:eth0:off',
      script('hostname; ip route'),
    );
    await kernelForm.waitFor(/^VMRS_READY 10\.0\.2\.77\nbox\n(?:.*\n)*default via 10\.0\.2\.2/m);
    await using bracketForm = await boot('vmrs.ip=eth0:[fd00::77]/64:[fd00::1]', script('ip -6 route'));
    await bracketForm.waitFor(/^VMRS_READY fd00::77\n(?:.*\n)*default via fd00::1/m);
  });

  it('gives no marker when nobody answers, says so, and still runs the workload', async () => {
    const devices = ['-netdev', 'hubport,id=n0,hubid=7', '-device', 'virtio-net-pci,netdev=n0'];
    // A hub without a host's side keeps QEMU 7.2's qboot from starting the kernel; SeaBIOS does not mind.
    await using guest = await boot('', run('true'), { devices, firmware: undefined });
    await guest.waitFor(/^VMRS_NO_ADDRESS eth0\n\nVMRS_EXIT 0\n/m);
    expect(guest.console).not.toContain('VMRS_READY');
  });

  it.skipIf(!existsSync(VIRTIOFSD))(
    `mounts shares, read-only where asked${existsSync(VIRTIOFSD) ? '' : ` (skipped: no ${VIRTIOFSD})`}`,
    async () => {
      const share = join(folder, 'share');
      const socket = join(folder, 'virtiofs');
      await mkdir(share);
      await writeFile(join(share, 'hello'), 'from the host\n');
      const daemon = spawn(VIRTIOFSD, [`--socket-path=${socket}`, '-o', `source=${share},sandbox=chroot`], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      try {
        // Its first words say that it listens.
        await once(daemon.stderr, 'data');
        const devices = [
          ...['-object', 'memory-backend-memfd,id=m,size=256M,share=on', '-numa', 'node,memdev=m'],
          ...['-chardev', `socket,id=c,path=${socket}`, '-device', 'vhost-user-fs-pci,chardev=c,tag=data'],
        ];
        const parameters = 'vmrs.mount=data:/mnt/data:virtiofs:ro vmrs.mount=nope:/mnt/nope:virtiofs';
        await using guest = await boot(parameters, script('cat /mnt/data/hello; touch /mnt/data/new'), { devices });
        await guest.waitFor(/^from the host\ntouch: .*Read-only file system\n\nVMRS_EXIT 1\n/m);
        expect(guest.console).toMatch(/^VMRS_MOUNT_FAILED nope \/mnt\/nope\n/m);
      } finally {
        daemon.kill('SIGKILL');
      }
    },
  );

  it.skipIf(mke2fs === undefined)(`switches to a root disk${skipNote(mke2fs, 'mke2fs')}`, async () => {
    const tree = join(folder, 'tree');
    const init = '#!/bin/sh\n/bin/busybox echo "init of the disk is $$"\n/bin/busybox poweroff -f\n';
    for (const dir of ['bin', 'sbin', 'dev', 'proc', 'sys']) await mkdir(join(tree, dir), { recursive: true });
    const busybox = readNewc(await readFile((assets as GuestAssets).initramfs)).find(
      ({ name }) => name === 'bin/busybox',
    );
    await writeFile(join(tree, 'bin/busybox'), busybox?.body ?? '', { mode: 0o755 });
    await symlink('busybox', join(tree, 'bin/sh'));
    await writeFile(join(tree, 'sbin/init'), init, { mode: 0o755 });
    const disk = join(folder, 'disk');
    execFileSync(mke2fs ?? '', ['-q', '-t', 'ext4', '-L', 'test', '-d', tree, disk, '16M']);
    const devices = ['-drive', `file=${disk},if=none,id=d,format=raw`, '-device', 'virtio-blk-pci,drive=d'];
    await using guest = await boot('root=LABEL=test', [], { devices });
    expect(await guest.exit()).toBe(0);
    expect(guest.console).toMatch(/^init of the disk is 1\n/m);
    await using diskless = await boot('root=/dev/vda', [], { devices: [] });
    expect(await diskless.exit()).toBe(0);
    expect(diskless.console).toMatch(/^VMRS_ROOT_FAILED there is no disk \/dev\/vda\n/m);
  });

  it('can be heard when its kernel panics, in spite of quiet parameters', async () => {
    await using guest = await boot('vmrs.test=panic panic=-1');
    expect(await guest.exit()).toBe(0);
    expect(guest.console).toMatch(/Kernel panic - not syncing: Attempted to kill init!/);
    expect(guest.console).not.toContain('VMRS_READY');
  });

  it('asks processes to end, waits for them, and kills those that do not', async () => {
    const text = `
      trap '' TERM
      (trap 'echo last words; exit' TERM; echo waiting; while :; do sleep 0.1; done) &
      while :; do sleep 1; done`;
    await using guest = await boot('', script(text));
    await guest.waitFor(/^waiting\n/m);
    await guest.powerButton();
    expect(await guest.exit()).toBe(0);
    expect(guest.console).toMatch(/^last words\n/m);
  });

  it('ends by its own commands, and reaches the marker again after a reset', async () => {
    await using off = await boot('', script('poweroff; sleep 60'));
    expect(await off.exit()).toBe(0);
    await using again = await boot('vmrs.test=reboot-once', [], { reboots: true });
    await again.waitFor(/(?:VMRS_READY 10\.0\.2\.15\n[\s\S]*){2}/);
  });

  it('misbehaves as tests ask it to', async () => {
    await using deaf = await boot('vmrs.test=ignore-power-button,forged-markers,no-marker', script('echo lives'));
    await deaf.waitFor(/^lives\n/m);
    expect(deaf.console).not.toContain('VMRS_READY 10.0.2.15');
    expect(deaf.console).toContain('VMRS_READY 10.99.0.3 is what it would print');
    await deaf.powerButton();
    await expect(deaf.exit(1_500)).rejects.toThrow('QEMU still runs');
    await using half = await boot('vmrs.test=half-marker-then-poweroff');
    expect(await half.exit()).toBe(0);
    expect(half.console).toMatch(/^VMRS_READY 10\.99(?![.\d])/m);
  });
});
