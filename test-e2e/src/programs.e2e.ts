import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { Lab } from './lab.ts';
import { markThisProgram, processes } from './world.ts';

const run = promisify(execFile);
const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');

it('the program of the README boots a VM, becomes ready, and leaves nothing', async () => {
  await using lab = await Lab.create();
  const env = { ...process.env, VMRS_HOME: lab.stateDir };
  const { stdout } = await run(process.execPath, [...process.execArgv, join(EXAMPLES, 'first-vm', 'main.ts')], { env });
  expect(stdout).toMatch(/^ready at \d+\.\d+\.\d+\.\d+\nstopped by guest/);
  expect(await processes()).toEqual([]);
  // The folder for sockets stays, empty.
  expect((await lab.look()).filter((line) => line.startsWith('file'))).toEqual([`file ${join(lab.stateDir, '.run')}`]);
});

it('the demo tells its story as JSON, ends with exit code 0, and leaves nothing', async () => {
  markThisProgram();
  const { stdout } = await run(process.execPath, [...process.execArgv, join(EXAMPLES, 'demo', 'main.ts'), '--json']);
  const events: { event: string; state?: string; ip?: string }[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const states = events.filter(({ event }) => event === 'state').map(({ state }) => state);
  expect(states).toEqual(['running', 'ready', 'paused', 'ready', 'stopping', 'stopped']);
  expect(events.find(({ state }) => state === 'ready')).toMatchObject({ event: 'state', ip: expect.any(String) });
  expect(events.find(({ event }) => event === 'console')).toMatchObject({
    line: expect.stringMatching(/^Linux vmrs \d/),
  });
  expect(events.at(-1)).toMatchObject({ event: 'done', stopped: 'guest', leaked: 0 });
  expect(await processes()).toEqual([]);
});

it('the demo cleans up when it is interrupted', async () => {
  markThisProgram();
  const child = execFile(process.execPath, [...process.execArgv, join(EXAMPLES, 'demo', 'main.ts'), '--json']);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let output = '';
  child.stdout?.on('data', (text: string) => {
    output += text;
    if (output.includes('"running"')) child.kill('SIGINT');
  });
  expect(await ended).toBe(1);
  expect(output).toContain('"code":"ABORTED"');
  expect(await processes()).toEqual([]);
});
