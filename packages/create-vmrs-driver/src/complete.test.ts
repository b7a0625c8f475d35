import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';
import { type Ask, complete } from './complete.ts';

/** Answers in turn; an empty answer takes what is proposed. Keeps the questions. */
function answering(...answers: readonly string[]): { ask: Ask; asked: string[] } {
  const left = [...answers];
  const asked: string[] = [];
  const ask: Ask = async (question, preset) => {
    asked.push(question);
    const answer = left.shift();
    if (answer === undefined) throw new Error(`nobody expected the question ${question}`);
    return answer === '' ? preset : answer;
  };
  return { ask, asked };
}

describe('complete', () => {
  it('asks for nothing where nobody answers, and takes the defaults', async () => {
    expect(await complete(parseArguments(['my-vmm']), null, '/w')).toEqual({
      folder: '/w/my-vmm',
      id: 'my-vmm',
      packageName: 'vmrs-driver-my-vmm',
      platforms: ['linux-x64', 'linux-arm64'],
    });
  });

  it('cannot go without a folder where nobody answers', async () => {
    await expect(complete(parseArguments([]), null, '/w')).rejects.toThrow(TypeError);
  });

  it('asks for all that is not given, each with what it would take', async () => {
    const { ask, asked } = answering('drivers/vbox', '', '@acme/vbox', 'darwin-arm64 linux-x64');
    expect(await complete(parseArguments([]), ask, '/w')).toEqual({
      folder: '/w/drivers/vbox',
      id: 'vbox',
      packageName: '@acme/vbox',
      platforms: ['darwin-arm64', 'linux-x64'],
    });
    expect(asked).toEqual(['Folder', 'Id of the driver', 'Name of the npm package', 'Platforms (all: everywhere)']);
  });

  it('asks again, with what is wrong, and proposes a package name for the id that was chosen', async () => {
    const { ask, asked } = answering('Vbox', 'vbox', '', 'all');
    const { id, packageName, platforms } = await complete(parseArguments(['x']), ask, '/w');
    expect({ id, packageName, platforms }).toEqual({ id: 'vbox', packageName: 'vmrs-driver-vbox', platforms: [] });
    expect(asked[1]).toContain("the id 'Vbox' must be");
  });

  it('asks for nothing more when the folder holds anything', async () => {
    const { ask, asked } = answering();
    await expect(complete(parseArguments(['src']), ask, join(import.meta.dirname, '..'))).rejects.toThrow(
      'is not empty',
    );
    expect(asked).toEqual([]);
  });

  it('asks nothing that was given', async () => {
    const given = parseArguments(['x', '--id', 'a', '--name', 'b', '--platforms', 'all']);
    const { ask, asked } = answering();
    expect(await complete(given, ask, '/w')).toMatchObject({ id: 'a', packageName: 'b', platforms: [] });
    expect(asked).toEqual([]);
  });
});
