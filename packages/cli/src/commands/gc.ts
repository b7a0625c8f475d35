import type { GcItem } from '@vmrs/core';
import { exitCodeOf } from '../errors/exit-codes.ts';
import type { GcView } from '../json/shapes.ts';
import { openToLook } from '../session/open-manager.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

/** `vmrs gc`. */
export const gcCommand: CommandMaker = (cli) => {
  const made = command(
    'gc',
    'release what dead programs have left: processes, sockets, taps, folders; living VMs are kept',
    ['vmrs gc --dry-run', 'vmrs gc'],
  );
  made.option('--dry-run', 'only say what would be released').option('-v, --verbose', 'also what is kept, and why');
  made.action(async (_: unknown, self: typeof made) => {
    const options = optionsOf<{ readonly dryRun?: boolean; readonly verbose?: boolean }>(self);
    await using vms = await openToLook(cli, options);
    const report: GcView = await vms.gc({ dryRun: options.dryRun === true });
    cli.screen.result(report, ({ dryRun, released, kept, failed }) => {
      const shown = options.verbose === true ? kept.map((item) => line('kept', item)) : [];
      return [
        ...released.map((item) => line(dryRun ? 'would release' : 'released', item)),
        ...shown,
        ...failed.map((item) => line('FAILED', item)),
        `${released.length} ${dryRun ? 'to release' : 'released'}, ${kept.length} kept, ${failed.length} failed`,
      ].join('\n');
    });
    if (report.failed.length > 0) cli.exitCode = exitCodeOf('IO');
  });
  return made;
};

function line(what: string, { vm, what: thing, why }: GcItem): string {
  return `${what}: ${vm === null ? '' : `${vm.namespace}/${vm.name}: `}${thing} (${why})`;
}
