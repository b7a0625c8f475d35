import { resolve } from 'node:path';
import type { NetworkConfig, RestoreOverrides } from '@vmrs/core';
import { Option } from 'commander';
import { collecting, parseNetwork } from '../config/parse-flags.ts';
import { absolute } from '../config/vm-file.ts';
import { Progress } from '../io/progress.ts';
import { openToBoot } from '../session/open-manager.ts';
import { viewOf } from '../session/view-of.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

interface Flags {
  readonly name?: string;
  readonly rootDisk?: string;
  readonly dataDisk?: string;
  readonly seedIso?: string;
  readonly serialLog?: string;
  readonly netns?: string;
  readonly net?: readonly (NetworkConfig | 'none')[];
  readonly resume?: boolean;
}

/** `vmrs restore`. */
export const restoreCommand: CommandMaker = (cli) => {
  const made = command('restore', 'start a VM from a snapshot; it comes up paused, unless --resume', [
    'vmrs restore ./snapshots/web-1 --name copy --resume',
  ]);
  made
    .argument('<folder>', 'the snapshot')
    .option('--name <name>', 'another name')
    .option('--root-disk <file>', 'another root disk')
    .option('--data-disk <file>', 'another data disk')
    .option('--seed-iso <file>', 'another seed')
    .option('--serial-log <file>', 'where the console goes')
    .option('--netns <name>', 'another network namespace')
    .addOption(
      new Option('--net <network>', 'other networks, as for run; may be repeated').argParser(collecting(parseNetwork)),
    )
    .option('--resume', 'let it go on at once');
  made.action(async (folder: string, _: unknown, self: typeof made) => {
    const options = optionsOf<Flags>(self);
    using progress = new Progress(cli.screen);
    progress.stage('looking for a driver');
    await using vms = await openToBoot(cli, options);
    const { namespace, name, rootDisk, dataDisk, seedIso, serialLog, netns, net } = options;
    const networks = net?.filter((network): network is NetworkConfig => network !== 'none');
    const given = { namespace, name, rootDisk, dataDisk, seedIso, serialLog, netns, networks };
    progress.stage('restoring');
    const directory = resolve(cli.cwd, folder);
    const vm = await vms.restore(directory, absolute(given, cli.cwd) as RestoreOverrides);
    if (options.resume === true) await vm.resume();
    progress.clear();
    cli.screen.result(await viewOf(vms, vm), () => vm.name);
    const next = options.resume === true ? '' : `; let it go on with vmrs resume ${vm.name}`;
    cli.screen.note(`it is ${vm.state.status}${next}`);
  });
  return made;
};
