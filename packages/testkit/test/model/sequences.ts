import fc from 'fast-check';
import { ADDRESSES, type Command, type GuestEvent, NAMES, type Timed, type VmCall } from './command.ts';
import type { Sequence } from './play.ts';

const CALLS: readonly VmCall[] = ['state', 'ready', 'pause', 'resume', 'snapshot', 'stop', 'stopNow', 'kill'];
const EVENTS: readonly GuestEvent[] = ['reboot', 'powerOff', 'panic', 'exit', 'crash'];

/** The first name more often, so that there is a VM to which things can happen. */
const name = fc.constantFrom(NAMES[0], NAMES[0], ...NAMES);

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('boot'), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restore'), name, from: name }) },
  {
    weight: 9,
    arbitrary: fc.record({ do: fc.constantFrom(...CALLS), name, via: fc.constantFrom('manager', 'manager', 'object') }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('marker'), name, ip: fc.constantFrom(...ADDRESSES) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('reboot', ...EVENTS), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('remove', 'killedFromOutside'), name }) },
  { weight: 3, arbitrary: fc.constant<Command>({ do: 'reopen' }) },
  { weight: 1, arbitrary: fc.constant<Command>({ do: 'adoptAll' }) },
  { weight: 1, arbitrary: fc.constant<Command>({ do: 'list' }) },
) as fc.Arbitrary<Command>;

const timed: fc.Arbitrary<Timed> = fc.record({ command, afterMs: fc.constantFrom(0, 0, 1, 5, 30, 100) });

/** One command at a time, or several at about the same time. */
const round: fc.Arbitrary<readonly Timed[]> = fc.oneof(
  { weight: 2, arbitrary: command.map((only) => [{ command: only, afterMs: 0 }]) },
  { weight: 1, arbitrary: fc.array(timed, { minLength: 2, maxLength: 3 }).map(tellable) },
);

/**
 * Without what goes through the control connection of a manager that is closed meanwhile: whether the guest has heard of it could not be told.
 */
function tellable(commands: readonly Timed[]): readonly Timed[] {
  if (!commands.some(({ command: { do: what } }) => what === 'reopen')) return commands;
  return commands.filter(({ command: { do: what } }) => what !== 'marker' && !EVENTS.some((event) => event === what));
}

/** Sequences of every kind, which begin with a boot, since nothing much happens without. */
export const sequence: fc.Arbitrary<Sequence> = fc.record({
  keep: fc.constantFrom('always', 'on-failure', 'never'),
  rounds: fc
    .array(round, { minLength: 1, maxLength: 10 })
    .map((rounds) => [[{ command: { do: 'boot', name: 'a' }, afterMs: 0 }] satisfies readonly Timed[], ...rounds]),
});
