import { isEnded, type VmState } from '@vmrs/core';
import { Option } from 'commander';
import { EXIT, exitCodeOfEnd } from '../errors/exit-codes.ts';
import { parseDuration } from '../io/time.ts';
import { endView } from '../json/views.ts';
import type { Cli } from '../session/cli.ts';
import { endSentence } from '../session/end-sentence.ts';
import { namespaceOf } from '../session/global-options.ts';
import { openToLook } from '../session/open-manager.ts';
import { waitForEnd } from '../session/wait-for-end.ts';
import { withVm } from '../session/with-vm.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

interface Flags {
  readonly for: 'end' | 'ready' | 'paused';
  readonly timeout?: number;
}

const LONGEST_MS = 2 ** 31 - 1;

/** `vmrs wait`. */
export const waitCommand: CommandMaker = (cli) => {
  const made = command('wait', 'wait until a VM has ended (the exit code tells how), is ready, or is paused', [
    'vmrs wait web',
    'vmrs wait web --for ready --timeout 30s',
  ]);
  made
    .argument('<vm>', 'name of the VM')
    .addOption(new Option('--for <what>', 'what to wait for').choices(['end', 'ready', 'paused']).default('end'))
    .option('--timeout <time>', 'give up after this time (default: never)', parseDuration);
  made.action(async (name: string, _: unknown, self: typeof made) => {
    const options = optionsOf<Flags>(self);
    const { timeout: timeoutMs = LONGEST_MS } = options;
    const namespace = namespaceOf(options);
    await using vms = await openToLook(cli, options);
    const { state } = await vms.inspect(name, { namespace });
    if (options.for === 'end') {
      const end = isEnded(state) ? state : await waitForEnd(vms, { namespace, name }, timeoutMs);
      tell(cli, { namespace, name }, end);
      return;
    }
    await withVm(cli, options, name, async (vm) => {
      if (options.for === 'ready') await vm.ready({ timeoutMs });
      else await vm.waitFor('paused', { timeoutMs });
      const done = options.for === 'ready' ? 'ready at' : 'paused';
      cli.screen.result(endView(vm), ({ ip }) => `${name} is ${done}${ip === null ? '' : ` ${ip}`}`);
    });
  });
  return made;
};

function tell(cli: Cli, vm: { readonly namespace: string; readonly name: string }, end: VmState | null): void {
  if (end === null || !isEnded(end)) {
    cli.screen.note(`${vm.name} has ended, and was removed before it told how`);
    cli.exitCode = EXIT.failed;
    return;
  }
  cli.screen.result(endView({ ...vm, state: end }), () => `${vm.name} ${endSentence(end)}`);
  cli.exitCode = exitCodeOfEnd(end);
}
