import type { Command, Round } from './command.ts';
import type { Sequence } from './play.ts';

/** Sequences by which mistakes were found, cut down to what it takes. */
export const REGRESSIONS: readonly Sequence[] = [
  // Those who watched the VM were told `stopping` twice.
  sequence([
    { command: { do: 'boot', name: 'a' }, afterMs: 0 },
    { command: { do: 'kill', name: 'a', via: 'manager' }, afterMs: 3 },
  ]),
  // Neither the stop nor the close ever came back.
  sequence(
    together({ do: 'boot', name: 'a' }),
    together({ do: 'reopen' }, { do: 'stop', name: 'a', via: 'object' }),
    together({ do: 'kill', name: 'a', via: 'manager' }),
  ),
  sequence(
    together({ do: 'boot', name: 'a' }),
    together({ do: 'reopen' }, { do: 'kill', name: 'a', via: 'object' }),
    together({ do: 'kill', name: 'a', via: 'manager' }),
  ),
  // The stop succeeded and the VM ran on.
  sequence(together({ do: 'boot', name: 'a' }), together({ do: 'reopen' }), [
    { command: { do: 'boot', name: 'a' }, afterMs: 0 },
    { command: { do: 'stopNow', name: 'a', via: 'manager' }, afterMs: 1 },
  ]),
];

function sequence(...rounds: readonly Round[]): Sequence {
  return { keep: 'on-failure', rounds };
}

function together(...commands: readonly Command[]): Round {
  return commands.map((command) => ({ command, afterMs: 0 }));
}
