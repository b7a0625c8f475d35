import { describe, expect, it } from 'vitest';
import type { Ask } from './complete.ts';
import { run } from './run.ts';

function calledWith(ask: Ask | null) {
  return async (...args: readonly string[]): Promise<{ code: number; said: string; complained: string }> => {
    const [said, complained]: [string[], string[]] = [[], []];
    const code = await run(args, {
      cwd: '/nowhere',
      packageManager: 'npm',
      say: (text) => said.push(text),
      complain: (text) => complained.push(text),
      ask,
    });
    return { code, said: said.join(''), complained: complained.join('') };
  };
}

const called = calledWith(null);

describe('create-vmrs-driver', () => {
  it('tells how it is called, and its version', async () => {
    expect(await called('--help')).toMatchObject({ code: 0, said: expect.stringContaining('--platforms') });
    expect(await called('--version')).toMatchObject({ code: 0, said: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('ends with 130 when a question is broken off', async () => {
    const ask = async (): Promise<never> => {
      throw new DOMException('Aborted with Ctrl+C', 'AbortError');
    };
    expect(await calledWith(ask)('x')).toMatchObject({ code: 130, complained: '\n' });
  });

  it.each([[['--no-such-option']], [['one', 'two']], [[]]])(
    'refuses %j with exit code 2 and where to read on',
    async (args) => {
      expect(await called(...args)).toMatchObject({ code: 2, complained: expect.stringContaining('--help') });
    },
  );
});
