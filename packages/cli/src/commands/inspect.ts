import { formatState } from '@vmrs/core';
import { stringify } from 'yaml';
import { withoutSecrets } from '../config/secrets.ts';
import { harmless } from '../io/guest-text.ts';
import { listing } from '../io/table.ts';
import { formatAge } from '../io/time.ts';
import type { InspectView } from '../json/shapes.ts';
import { vmView } from '../json/views.ts';
import { namespaceOf } from '../session/global-options.ts';
import { openToLook } from '../session/open-manager.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

/** `vmrs inspect`. */
export const inspectCommand: CommandMaker = (cli) => {
  const made = command('inspect', 'show all that is known of a VM, without taking it', [
    'vmrs inspect web',
    'vmrs inspect web --json',
  ]);
  made
    .argument('<vm>', 'name of the VM')
    .option('--show-secrets', 'also the kernel command line and the texts of driver options');
  made.action(async (name: string, _: unknown, self: typeof made) => {
    const options = optionsOf<{ readonly showSecrets?: boolean }>(self);
    await using vms = await openToLook(cli, options);
    const details = await vms.inspect(name, { namespace: namespaceOf(options) });
    const { spec, lifetime, files, state, process } = details;
    const config = options.showSecrets === true ? spec : withoutSecrets(spec);
    const view: InspectView = { ...vmView(details), lifetime, pid: process?.pid ?? null, files, config };
    cli.screen.result(view, () =>
      [
        listing([
          ['name', view.name],
          ['namespace', view.namespace],
          ['state', harmless(formatState(state))],
          ...(view.problem === null ? [] : [['problem', harmless(view.problem)] as const]),
          ['driver', view.driver],
          ['lifetime', lifetime],
          ['created', `${view.createdAt} (${formatAge(view.createdAt)} ago)`],
          ['held by', view.ownerPid === null ? 'nobody' : `process ${view.ownerPid}`],
          ['VMM', view.pid === null ? '-' : `process ${view.pid}`],
          ['console', files.serialLog],
          ['VMM log', files.vmmLog],
          ['sockets', files.runtimeDir],
        ]),
        'config:',
        indented(stringify(config)),
      ].join('\n'),
    );
  });
  return made;
};

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
