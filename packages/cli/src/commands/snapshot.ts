import { resolve } from 'node:path';
import { isRunning } from '@vmrs/core';
import { Option } from 'commander';
import { Progress } from '../io/progress.ts';
import { namespaceOf } from '../session/global-options.ts';
import { withVm } from '../session/with-vm.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

interface Flags {
  readonly disks: 'none' | 'reflink' | 'copy';
  readonly leavePaused?: boolean;
}

/** `vmrs snapshot`. */
export const snapshotCommand: CommandMaker = (cli) => {
  const made = command('snapshot', 'save a VM to a folder; a running one is paused for it, and goes on', [
    'vmrs snapshot web ./snapshots/web-1',
    'vmrs snapshot web ./snapshots/web-1 --disks copy',
  ]);
  made
    .argument('<vm>', 'name of the VM')
    .argument('<folder>', 'where to; must not exist')
    .addOption(
      new Option('--disks <how>', 'what becomes of the writable disks')
        .choices(['none', 'reflink', 'copy'])
        .default('none'),
    )
    .option('--leave-paused', 'leave it paused');
  made.action(async (name: string, folder: string, _: unknown, self: typeof made) => {
    const options = optionsOf<Flags>(self);
    const directory = resolve(cli.cwd, folder);
    using progress = new Progress(cli.screen);
    await withVm(cli, options, name, async (vm) => {
      const ran = isRunning(vm.state);
      progress.stage(`saving ${name}`);
      if (ran) await vm.pause();
      try {
        await vm.snapshot(directory, { disks: options.disks });
      } finally {
        if (ran && options.leavePaused !== true) await vm.resume();
      }
    });
    progress.clear();
    cli.screen.result({ namespace: namespaceOf(options), name, directory }, () => `saved ${name} to ${directory}`);
  });
  return made;
};
