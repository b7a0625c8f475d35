import { TRANSITIONS } from '@vmrs/core';

/** The transition table as a Mermaid diagram; reasons that lead along the same way share an arrow. */
export function stateDiagram(): string {
  const arrows = TRANSITIONS.map(({ from, to, on }) => `  ${from} --> ${to}: ${on.replaceAll(';', ',')}`);
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> starting: boot() or restore()',
    ...arrows,
    '  stopped --> [*]',
    '  failed --> [*]',
    '```',
  ].join('\n');
}
