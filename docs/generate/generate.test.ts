import { TRANSITIONS } from '@vmrs/core';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../packages/cli/src/errors/exit-codes.ts';
import { ERROR_TEXT } from '../../packages/core/src/errors/codes.ts';
import { cliHelp, exitCodeTable } from './cli-reference.ts';
import { errorTable } from './error-table.ts';
import { fieldDescriptions, fileSchemaText } from './file-schema.ts';
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

  it('have the help of every command of vmrs, and every exit code', () => {
    const help = cliHelp();
    for (const name of ['doctor', 'run', 'ls', 'logs', 'guest build', 'completion'])
      expect(help).toContain(`### ${name}\n`);
    for (const { code, name } of EXIT_CODES) expect(exitCodeTable()).toContain(`| ${code} | \`${name}\` |`);
  });

  it('describe every field of the file of a VM', async () => {
    const { properties } = JSON.parse(await fileSchemaText());
    const told = await fieldDescriptions();
    for (const [field, schema] of Object.entries(properties)) {
      if (field !== '$schema')
        expect([field, schema]).toEqual([field, expect.objectContaining({ description: expect.any(String) })]);
    }
    expect(told['memoryMb']).toBe('Memory of the guest in MiB, at least 1. Default 512.');
  });

  it('replace only what stands between the marks', () => {
    const text = 'a\n<!-- generated: x -->\nold\n<!-- /generated -->\nb';
    expect(replaceBlock(text, 'x', 'new')).toBe('a\n<!-- generated: x -->\nnew\n<!-- /generated -->\nb');
    expect(() => replaceBlock(text, 'y', 'new')).toThrow('no marks');
  });
});
