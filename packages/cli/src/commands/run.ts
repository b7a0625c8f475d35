import { Option } from 'commander';
import { KEEPS, LIFETIMES } from '../config/file-fields.ts';
import { addVmFlags, type VmFlags } from '../config/vm-flags.ts';
import { vmRequest } from '../config/vm-request.ts';
import { parseDuration } from '../io/time.ts';
import type { RunOptions } from '../session/run-options.ts';
import { runVm } from '../session/run-vm.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

type Flags = VmFlags & RunOptions & { readonly rm?: boolean };

/** `vmrs run`. */
export const runCommand: CommandMaker = (cli) => {
  const made = command('run', 'boot a VM, follow its console, and stop it with Ctrl-C', [
    'vmrs run --guest --name web',
    'vmrs run --guest --rm -- uname -a',
    'vmrs run --kernel vmlinuz --initramfs initrd.img --memory 1g --net nat -p 8080:80 --detach',
    'vmrs run -f vmrs.yaml',
  ]).argument('[command...]', 'after --: what to run in the small guest; its exit code becomes that of vmrs');
  addVmFlags(made)
    .option('-d, --detach', 'leave it running and return when it is ready')
    .option('--rm', 'keep nothing of it when it has ended, also when it failed (as --keep never)')
    .addOption(
      new Option('--keep <when>', 'what becomes of record and logs when it has ended (default: on-failure)')
        .choices(KEEPS)
        .conflicts('rm'),
    )
    .addOption(
      new Option(
        '--lifetime <how>',
        'attached: it ends with this program, however that ends (default: detached)',
      ).choices(LIFETIMES),
    )
    .option('--no-wait', 'do not wait for the readiness marker: for guests that write none')
    .option('--timeout <time>', 'how long it may take to become ready (default: 60s, with --guest 180s)', parseDuration)
    .option('--grace <time>', 'how long the guest may take to power off when it is stopped', parseDuration)
    .option('--no-console', 'do not show the console');
  made.action(async (words: readonly string[], _: unknown, self: typeof made) => {
    const { rm, ...options } = optionsOf<Flags>(self);
    const request = await vmRequest(options, words, cli.cwd);
    await runVm(cli, rm === true ? { ...options, keep: 'never' } : options, request);
  });
  return made;
};
