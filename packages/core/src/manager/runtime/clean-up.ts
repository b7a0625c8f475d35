import type { Logger, Machine } from '../../contract/index.ts';
import type { Problem } from '../../errors/index.ts';
import type { Clock } from '../../util/clock.ts';
import type { VmHome } from '../home/vm-home.ts';
import type { Keep } from '../options/keep.ts';
import type { EndState } from './exit-verdict.ts';
import { bounded } from './give-up.ts';
import type { VmConsole } from './vm-console.ts';

/** What a controller holds of one VM; null where it holds nothing yet. */
export interface Holdings {
  readonly home: VmHome | null;
  readonly machine: Machine | null;
  readonly console: VmConsole;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Cleans up after a VM that has ended: releases everything, writes the end down or removes the folder, gives the name back. Goes on
 * after a failure; returns what could not be done. Never rejects.
 */
export async function cleanUp(holdings: Holdings, state: EndState, keep: Keep): Promise<readonly Problem[]> {
  const { home, logger } = holdings;
  const { problems, step } = steps(logger);
  await close(holdings, step);
  return home === null ? problems : [...problems, ...(await settleHome(home, state, keep, logger))];
}

/** {@link cleanUp} of a VM's place on disk alone. */
export async function settleHome(
  home: VmHome,
  state: EndState,
  keep: Keep,
  logger: Logger,
): Promise<readonly Problem[]> {
  const { problems, step } = steps(logger);
  await step('releasing resources', async () => {
    problems.push(...(await home.releaseResources()));
  });
  const remove = keep === 'never' || (keep === 'on-failure' && state.status === 'stopped');
  // What could not be undone must stay findable.
  if (remove && problems.length === 0) await step('removing the folder', () => home.removeFolder());
  else await step('writing the record', () => home.saveEnd(state));
  await step('giving the name back', () => home.letGo());
  return problems;
}

/** Lets go of a living VM: connections, watchers, the name. Goes on after a failure, which is logged. Never rejects. */
export async function partWith(holdings: Holdings): Promise<void> {
  const { step } = steps(holdings.logger);
  await close(holdings, step);
  await step('giving the name back', async () => holdings.home?.letGo());
}

type Step = (what: string, work: () => Promise<unknown>) => Promise<void>;

async function close({ console, machine, clock }: Holdings, step: Step): Promise<void> {
  await step('closing the console log', () => console.close());
  await step('closing the control connection', async () => machine !== null && bounded(machine.detach(), clock));
}

function steps(logger: Logger): { readonly problems: Problem[]; readonly step: Step } {
  const problems: Problem[] = [];
  const step: Step = async (what, work) => {
    try {
      await work();
    } catch (error) {
      logger.error({ event: 'vm.cleanup', err: error }, `${what} failed`);
      problems.push({ path: what, message: error instanceof Error ? error.message : String(error) });
    }
  };
  return { problems, step };
}
