import type { Command, Outcome } from './command.ts';
import { type Course, give, spontaneous, step } from './steps.ts';
import type { World } from './world-model.ts';

interface Moment {
  readonly world: World;
  readonly courses: readonly (Course | { readonly outcome: Outcome })[];
}

/**
 * The worlds that are possible after `commands` were given at about the same time in one of `worlds` and came to `outcomes`: over every order in
 * which their steps may have been taken. Empty when no order explains the outcomes. What happens by itself has happened.
 */
export function explain(
  worlds: readonly World[],
  commands: readonly Command[],
  outcomes: readonly Outcome[],
): readonly World[] {
  const seen = new Set<string>();
  const found = new Map<string, World>();
  const open: Moment[] = worlds.map((world) => ({ world, courses: commands.map((command) => give(world, command)) }));
  for (let moment = open.pop(); moment !== undefined; moment = open.pop()) {
    const key = JSON.stringify(moment);
    if (seen.has(key)) continue;
    seen.add(key);
    open.push(...followers(moment, outcomes));
    const settled = moment.courses.every((course) => 'outcome' in course) && spontaneous(moment.world).length === 0;
    if (settled) found.set(JSON.stringify(moment.world), moment.world);
  }
  return [...found.values()];
}

function followers({ world, courses }: Moment, outcomes: readonly Outcome[]): readonly Moment[] {
  const next: Moment[] = spontaneous(world).map((each) => ({ world: each, courses }));
  courses.forEach((course, index) => {
    if ('outcome' in course) return;
    for (const { world: after, ...rest } of step(world, course)) {
      // Only what was seen is followed.
      if ('outcome' in rest && rest.outcome !== outcomes[index]) continue;
      const reached = 'outcome' in rest ? { outcome: rest.outcome } : rest.course;
      next.push({ world: after, courses: courses.with(index, reached) });
    }
  });
  return next;
}
