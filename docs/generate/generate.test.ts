import { TRANSITIONS } from '@vmrs/core';
import { describe, expect, it } from 'vitest';
import { ERROR_TEXT } from '../../packages/core/src/errors/codes.ts';
import { errorTable } from './error-table.ts';
import { replaceBlock } from './replace-block.ts';
import { stateDiagram } from './state-diagram.ts';

describe('generated docs', () => {
  it('name every error code', async () => {
    const table = await errorTable();
    for (const code of Object.keys(ERROR_TEXT)) expect(table).toContain(`| \`${code}\` |`);
  });

  it('draw every transition', () => {
    expect(stateDiagram().match(/-->/g)?.length).toBe(TRANSITIONS.length + 3);
  });

  it('replace only what stands between the marks', () => {
    const text = 'a\n<!-- generated: x -->\nold\n<!-- /generated -->\nb';
    expect(replaceBlock(text, 'x', 'new')).toBe('a\n<!-- generated: x -->\nnew\n<!-- /generated -->\nb');
    expect(() => replaceBlock(text, 'y', 'new')).toThrow('no marks');
  });
});
