import type { Keep, StopResult, Vm } from '@vmrs/core';
import { Option } from 'commander';
import { KEEPS } from '../config/file-fields.ts';
import { failureOf } from '../errors/failure.ts';
import { reportFailure } from '../errors/report-failure.ts';
import { Progress } from '../io/progress.ts';
import { parseDuration } from '../io/time.ts';
import type { StopView } from '../json/shapes.ts';
import type { Cli } from '../session/cli.ts';
import { type GlobalOptions, namespaceOf } from '../session/global-options.ts';
import { withVm } from '../session/with-vm.ts';
import { type CommandMaker, command, optionsOf } from './command.ts';

interface Flags {
  readonly keep?: Keep;
  readonly grace?: number;
}

/** `vmrs stop`. */
export const stopCommand: CommandMaker = (cli) => {
  const made = command('stop', 'ask the guest to power off, wait, and escalate rung by rung if it does not', [
    'vmrs stop web',
    'vmrs stop web db --grace 30s',
  ]);
  made
    .argument('<vm...>', 'names of the VMs')
    .addOption(keepOption())
    .option('--grace <time>', 'how long the guest may take to power off (default: 10s)', parseDuration);
  made.action(async (names: readonly string[], _: unknown, self: typeof made) => {
    const options = optionsOf<Flags>(self);
    const { grace } = options;
    await endAll(cli, options, names, 'stopping', (vm) => vm.stop(grace === undefined ? {} : { graceMs: grace }));
  });
  return made;
};

/** `vmrs kill`. */
export const killCommand: CommandMaker = (cli) => {
  const made = command('kill', 'end VMs by force, without asking the guest', ['vmrs kill web']);
  made.argument('<vm...>', 'names of the VMs').addOption(keepOption());
  made.action(async (names: readonly string[], _: unknown, self: typeof made) => {
    await endAll(cli, optionsOf<Flags>(self), names, 'killing', (vm) => vm.kill());
  });
  return made;
};

function keepOption(): Option {
  return new Option(
    '--keep <when>',
    'what becomes of record and logs (default: on-failure); not for a VM that another program holds',
  ).choices(KEEPS);
}

/** Ends each VM; one that cannot be ended does not keep the others from it. The first failure makes the exit code. */
async function endAll(
  cli: Cli,
  options: Flags & GlobalOptions,
  names: readonly string[],
  doing: string,
  end: (vm: Vm) => Promise<StopResult>,
): Promise<void> {
  const { keep } = options;
  const namespace = namespaceOf(options);
  using progress = new Progress(cli.screen);
  progress.stage(`${doing} ${names.join(', ')}`);
  const results = await Promise.allSettled(
    names.map(async (name): Promise<StopView> => {
      const { rungs, problems, how, code, signal, at } = await withVm(cli, options, name, end, keep);
      return { namespace, name, how, code, signal, at, rungs, problems };
    }),
  );
  progress.clear();
  const ended = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (ended.length > 0) cli.screen.result({ results: ended }, () => ended.map(sentence).join('\n'));
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    const failure = failureOf(result.reason);
    reportFailure(cli.screen, failure);
    if (cli.exitCode === 0) cli.exitCode = failure.exitCode;
  }
}

function sentence({ name, how, rungs, problems }: StopView): string {
  const way = rungs.map(
    ({ rung, outcome, elapsedMs }) => `${rung} ${outcome} after ${(elapsedMs / 1000).toFixed(1)} s`,
  );
  const lines = [`${name} has stopped (${how})${way.length === 0 ? '' : `: ${way.join(', ')}`}`];
  for (const { path, message } of problems) lines.push(`  not cleaned up: ${path}: ${message}; vmrs gc tries again`);
  return lines.join('\n');
}
