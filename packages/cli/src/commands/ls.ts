import { clearScreenDown, cursorTo } from 'node:readline';
import { formatState, isEnded, type VmManager, type VmSummary } from '@vmrs/core';
import { harmless } from '../io/guest-text.ts';
import { Interrupts } from '../io/interrupts.ts';
import type { Screen, Tone } from '../io/screen.ts';
import { table } from '../io/table.ts';
import { formatAge } from '../io/time.ts';
import { vmView } from '../json/views.ts';
import { openToLook } from '../session/open-manager.ts';
import { watchVms } from '../session/watch-vms.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

interface Flags {
  readonly watch?: boolean;
  readonly running?: boolean;
}

/** `vmrs ls`. */
export const lsCommand: CommandMaker = (cli) => {
  const made = command('ls', 'list VMs, whoever holds them, in all namespaces', [
    'vmrs ls',
    'vmrs ls -w',
    'vmrs ls --json',
  ]);
  made
    .alias('ps')
    .option('-w, --watch', 'go on, and show every change')
    .option('--running', 'only those that have not ended');
  made.action(async (_: unknown, self: typeof made) => {
    const options = optionsOf<Flags>(self);
    await using vms = await openToLook(cli, options);
    const { namespace } = options;
    const show = (found: readonly VmSummary[]): readonly VmSummary[] =>
      found.filter(
        (vm) =>
          (namespace === undefined || vm.namespace === namespace) && !(options.running === true && isEnded(vm.state)),
      );
    if (options.watch === true) await keepShowing(cli.screen, vms, show);
    else printVms(cli.screen, show(await vms.list()));
  });
  return made;
};

async function keepShowing(
  screen: Screen,
  vms: VmManager,
  show: (found: readonly VmSummary[]) => readonly VmSummary[],
): Promise<void> {
  using interrupts = new Interrupts();
  const { stdout } = screen;
  const live = stdout.isTTY && !screen.json;
  for await (const found of watchVms(vms, interrupts.signal)) {
    if (live) {
      cursorTo(stdout, 0, 0);
      clearScreenDown(stdout);
    }
    printVms(screen, show(found));
    if (live) screen.print(screen.tone('dim', 'Ctrl-C ends this'));
    else if (!screen.json) screen.print('');
  }
}

function printVms(screen: Screen, found: readonly VmSummary[]): void {
  const sorted = found.toSorted((a, b) => `${a.namespace}/${a.name}`.localeCompare(`${b.namespace}/${b.name}`));
  screen.result({ vms: sorted.map(vmView) }, () => {
    if (sorted.length === 0) {
      screen.note('no VMs; boot one with vmrs run --guest --name web');
      return '';
    }
    const rows = sorted.map((vm) => [
      vm.namespace,
      vm.name,
      screen.tone(toneOf(vm), stateText(vm)),
      vm.driver,
      formatAge(vm.createdAt),
      vm.ownerPid === undefined ? '-' : String(vm.ownerPid),
      ...(vm.problem === undefined ? [] : [harmless(vm.problem)]),
    ]);
    return table(['NAMESPACE', 'NAME', 'STATE', 'DRIVER', 'AGE', 'HELD BY'], rows);
  });
}

/** A reason can be long, and `inspect` has it whole. */
function stateText({ state }: VmSummary): string {
  const text = harmless(formatState(state));
  return text.length > LONGEST_STATE ? `${text.slice(0, LONGEST_STATE - 1)}…` : text;
}

const LONGEST_STATE = 48;

function toneOf({ state }: VmSummary): Tone {
  switch (state.status) {
    case 'ready':
    case 'running':
      return 'good';
    case 'failed':
      return 'bad';
    case 'stopped':
      return 'dim';
    case 'starting':
    case 'paused':
    case 'stopping':
      return 'warning';
  }
}
