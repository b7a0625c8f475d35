import { resolve } from 'node:path';
import { Option } from 'commander';
import { listing } from '../io/table.ts';
import type { GuestView } from '../json/shapes.ts';
import { interruptible } from '../session/interruptible.ts';
import { sentence } from '../session/prepare-guest.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

interface Flags {
  readonly arch?: 'x86_64' | 'aarch64';
  readonly kernel?: string;
  readonly modules?: string;
  readonly busybox?: string;
  readonly cacheDir?: string;
  readonly refresh?: boolean;
  readonly offline?: boolean;
}

/** `vmrs guest`. */
export const guestCommand: CommandMaker = (cli) => {
  const made = command('guest', 'the small Linux guest of run --guest');
  const build = command('build', 'download and build it, or take it from the cache, and say where it is', [
    'vmrs guest build',
    'vmrs guest build --arch aarch64 --json',
  ]);
  build
    .addOption(new Option('--arch <arch>', "default: this host's").choices(['x86_64', 'aarch64']))
    .option('--kernel <file>', 'a kernel of your own')
    .option('--modules <folder>', 'the lib/modules/<release> of that kernel, unless every driver is built in')
    .option('--busybox <file>', 'a static busybox of your own')
    .option('--cache-dir <folder>', "default: $VMRS_CACHE, else the platform's cache folder")
    .addOption(new Option('--refresh', 'look for newer packages').conflicts('offline'))
    .option('--offline', 'take nothing but what is in the cache');
  build.action(async (_: unknown, self: typeof build) => {
    const { arch, kernel, modules, busybox, cacheDir, refresh, offline } = optionsOf<Flags>(self);
    await interruptible(cli, async (interrupts, progress) => {
      progress.stage('preparing the guest');
      const { guestAssets } = await import('@vmrs/guest');
      const assets = await guestAssets({
        ...{ arch, refresh, offline, signal: interrupts.signal },
        kernel:
          kernel === undefined
            ? undefined
            : {
                path: resolve(cli.cwd, kernel),
                modulesDir: modules === undefined ? undefined : resolve(cli.cwd, modules),
              },
        busybox: busybox === undefined ? undefined : resolve(cli.cwd, busybox),
        cacheDir: cacheDir === undefined ? undefined : resolve(cli.cwd, cacheDir),
        onProgress: (step) => progress.stage(sentence(step)),
      });
      progress.clear();
      const { kernelVersion, busyboxVersion, initramfs, cached, vmlinux = null } = assets;
      const view: GuestView = {
        arch: assets.arch,
        kernel: assets.kernel,
        vmlinux,
        initramfs,
        kernelVersion,
        busyboxVersion,
        cached,
      };
      cli.screen.result(view, () =>
        listing([
          ['kernel', `${view.kernel} (${kernelVersion})`],
          ...(vmlinux === null ? [] : [['vmlinux', vmlinux] as const]),
          ['initramfs', `${initramfs} (busybox ${busyboxVersion})`],
          ['cached', cached ? 'yes' : 'no, just made'],
        ]),
      );
    });
  });
  return made.addCommand(build);
};
