import { namespaceOf } from '../session/global-options.ts';
import { openToLook } from '../session/open-manager.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

/** `vmrs rm`. */
export const rmCommand: CommandMaker = (cli) => {
  const made = command('rm', 'remove what is kept of VMs that have ended: record and logs', [
    'vmrs rm web',
    'vmrs rm --force web',
  ]);
  made
    .argument('<vm...>', 'names of the VMs')
    .option(
      '--force',
      'end one that lives first, by its processes alone: also where its driver is gone or its hypervisor does not answer',
    );
  made.action(async (names: readonly string[], _: unknown, self: typeof made) => {
    const options = optionsOf<{ readonly force?: boolean }>(self);
    const { force = false } = options;
    const namespace = namespaceOf(options);
    await using vms = await openToLook(cli, options);
    for (const name of names) {
      await vms.remove(name, { namespace, force });
      cli.screen.result({ namespace, name, removed: true }, () => `removed ${name}`);
    }
  });
  return made;
};
