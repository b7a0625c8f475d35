import { TRANSITIONS } from '@vmrs/core';

/** Every transition, from the table that core goes by. */
export function transitionTable(): string {
  const rows = TRANSITIONS.map(({ from, to, on }) => `| \`${from}\` | \`${to}\` | ${on} |`);
  return ['| from | to | when |', '|---|---|---|', ...rows].join('\n');
}
