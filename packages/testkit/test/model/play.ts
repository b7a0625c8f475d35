import type { Keep } from '@vmrs/core';
import { eventually } from '../../src/conformance/expectations.ts';
import { ModelBench } from './bench.ts';
import { type Outcome, type Round, say } from './command.ts';
import { explain } from './explain.ts';
import { emptyWorld, type Life, listed, livesOf, type World } from './world-model.ts';

/** How long the manager may take to see what has happened outside of it. */
const SEES_MS = 5_000;

/** A sequence of rounds, and what is kept of VMs that end. */
export interface Sequence {
  readonly keep: Keep;
  readonly rounds: readonly Round[];
}

/** Plays the sequence on the real thing and beside it in the model. Fails at the first difference, with the story so far. */
export async function play({ keep, rounds }: Sequence): Promise<void> {
  const bench = await ModelBench.create(keep);
  const story: string[] = [];
  try {
    let worlds: readonly World[] = [emptyWorld(keep)];
    for (const round of rounds) {
      const outcomes = await bench.play(round);
      story.push(tell(round, outcomes));
      const possible = explain(
        worlds,
        round.map(({ command }) => command),
        outcomes,
      );
      if (possible.length === 0) throw new Error(`no order of these explains the outcomes, from ${states(worlds)}`);
      worlds = await observed(bench, possible);
      bench.checkPaths();
    }
    await bench.finish();
  } catch (error) {
    throw new Error(`after\n  ${story.join('\n  ')}\n${String(error)}`, { cause: error });
  } finally {
    await bench.dispose();
  }
}

/** Waits until what is seen is what one of the `worlds` has. Returns those that it may be. */
async function observed(bench: ModelBench, worlds: readonly World[]): Promise<readonly World[]> {
  let seen = await bench.look();
  const fits = (world: World): boolean => livesOf(world).every(([name, life]) => listed(life) === seen[name]);
  await eventually(
    SEES_MS,
    async () => {
      if (worlds.some(fits)) return true;
      seen = await bench.look();
      return false;
    },
    `one of ${states(worlds)}`,
  ).catch((error: unknown) => {
    throw new Error(`seen: ${seen.a}, ${seen.b}; ${String(error)}`);
  });
  // A guest may yet become ready, or be seen to have been reset, and of a VM that nobody has in hand only what was written down is told. Only what
  // stays as it is tells the worlds apart.
  const kind = (status: string, { held }: Life): string => {
    if (status === 'ready' || (status === 'paused' && !held)) return 'running';
    return status;
  };
  return worlds.filter((world) =>
    livesOf(world).every(([name, life]) => kind(listed(life), life) === kind(seen[name], life)),
  );
}

function tell(round: Round, outcomes: readonly Outcome[]): string {
  return round
    .map(({ command, afterMs }, index) => `${afterMs > 0 ? `(${afterMs} ms) ` : ''}${say(command)}: ${outcomes[index]}`)
    .join(' | ');
}

function states(worlds: readonly World[]): string {
  return worlds
    .map((world) =>
      livesOf(world)
        .map(([, life]) => listed(life))
        .join(', '),
    )
    .join('; or ');
}
