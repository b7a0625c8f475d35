import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { Consumer, PROGRAM } from './consumer.ts';
import { lacking } from './on-path.ts';
import { Terminal } from './terminal.ts';

const run = promisify(execFile);

let app: Consumer;

beforeAll(async () => {
  app = await Consumer.create();
  const words = PROGRAM.map((word) => `'${word}'`).join(' ');
  await app.write('vmrs', `#!/bin/sh\nexec ${words} "$@"\n`);
  await chmod(join(app.folder, 'vmrs'), 0o755);
  app.env['PATH'] = `${app.folder}:${process.env['PATH']}`;
  await app.json('run', '--kernel', await app.guest(), '--name', 'web-one', '--detach');
  return () => app[Symbol.asyncDispose]();
});

const ask = async (...words: readonly string[]): Promise<readonly string[]> => {
  const { stdout } = await app.run('__complete', '--', ...words);
  return stdout.trimEnd().split('\n');
};
const wordsOf = async (...words: readonly string[]): Promise<readonly (string | undefined)[]> =>
  (await ask(...words)).slice(1).map((line) => line.split('\t')[0]);

describe('what may come next', () => {
  it('is a command, a flag, a VM, a driver, a choice, or a file', async () => {
    expect(await wordsOf('st')).toEqual(['stop']);
    expect(await ask('doc')).toEqual(['none', expect.stringMatching(/^doctor\tsay whether VMs can be booted/)]);
    expect(await wordsOf('run', '--ro')).toEqual(['--root-disk', '--rosetta']);
    expect(await wordsOf('stop', '')).toEqual(['web-one']);
    expect(await wordsOf('stop', 'web-one', 'w')).toEqual(['web-one']);
    expect(await wordsOf('logs', '-f', 'x')).toEqual([]);
    expect(await wordsOf('--driver', '')).toEqual(['fake']);
    expect(await wordsOf('run', '--keep', 'a')).toEqual(['always']);
    expect(await wordsOf('run', '--keep=a')).toEqual(['--keep=always']);
    expect(await wordsOf('guest', '')).toEqual(['build']);
    expect(await ask('run', '--kernel', '')).toEqual(['files']);
    expect(await ask('restore', '')).toEqual(['folders']);
    expect(await wordsOf('stop', '-n', 'blue', 'x')).toEqual([]);
  });
});

const shells = [
  ['bash', 'bash', ['bash', '--norc', '-i'], 'PS1="> "; eval "$(vmrs completion bash)"; echo OK'],
  [
    'zsh',
    'zsh',
    ['zsh', '-f', '-i'],
    'PS1="> "; autoload -Uz compinit; compinit -u -D; eval "$(vmrs completion zsh)"; echo OK',
  ],
  ['fish', 'fish', ['fish', '--no-config', '-i'], 'vmrs completion fish | source; echo OK'],
] as const;

describe.each(shells)('completion in %s', (name, program, start, setup) => {
  const missing = lacking('tmux', program);

  it.skipIf(missing !== '')(
    `completes commands and VM names at the tab key${missing}`,
    { timeout: 60_000 },
    async () => {
      await using terminal = await Terminal.start(app, start, { TERM: 'xterm' });
      await terminal.type(setup, 'Enter');
      await terminal.shows(/^OK$/m);
      await terminal.type('vmrs doct', 'Tab');
      await terminal.shows(/vmrs doctor/);
      await terminal.type('C-u');
      await terminal.type('vmrs stop web', 'Tab');
      await terminal.shows(/vmrs stop web-one/);
      await terminal.type('C-u');
      await terminal.type('vmrs run --keep nev', 'Tab');
      await terminal.shows(/vmrs run --keep never/);
    },
  );

  it.skipIf(missing !== '')(`is a script without faults${missing}`, async () => {
    const { stdout } = await app.run('completion', name);
    await app.write(`completion.${name}`, stdout);
    await run(program, ['-n', join(app.folder, `completion.${name}`)]);
  });
});
