import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Command,
  type GuestScript,
  type GuestStep,
  readyGuest,
  standInProgram,
  writeGuestScript,
} from './index.ts';

let dir: string;
let children: ChildProcess[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vmrs-si-'));
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(dir, { recursive: true });
});

async function start(script: GuestScript, extra: readonly string[] = []): Promise<ChildProcess> {
  const kernel = join(dir, 'kernel');
  await writeGuestScript(kernel, script);
  const args = ['--control', join(dir, 'c'), '--serial', join(dir, 'serial'), '--kernel', kernel, ...extra];
  const child = spawn(process.execPath, [...process.execArgv, standInProgram(), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

/** A client that collects all lines; `send` does not wait for a reply. */
async function connect(): Promise<{
  lines: string[];
  send(command: Command, id?: number): void;
  closed: Promise<unknown>;
}> {
  const socket = await connected();
  const lines: string[] = [];
  createInterface({ input: socket }).on('line', (line) => lines.push(line));
  const closed = once(socket, 'close');
  return { lines, send: (command, id = 1) => socket.write(`${JSON.stringify({ ...command, id })}\n`), closed };
}

/** A connection as soon as the VMM listens. */
async function connected(): Promise<Socket> {
  for (let left = 250; ; left -= 1) {
    const socket = createConnection(join(dir, 'c'));
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (left === 0) throw error;
      await sleep(20);
    }
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let left = 250; !(await condition()); left -= 1) {
    if (left === 0) throw new Error('it did not happen within 5 s');
    await sleep(20);
  }
}

const serial = async (): Promise<string> => readFile(join(dir, 'serial'), 'utf8').catch(() => '');

async function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, signal: child.signalCode };
}

describe('the stand-in VMM', () => {
  it('greets each of several clients, and answers each request under its id', async () => {
    await start(readyGuest());
    const [one, two] = [await connect(), await connect()];
    one.send({ do: 'status' }, 7);
    await until(() => one.lines.length === 2 && two.lines.length === 1);
    expect(one.lines).toEqual(['{"standIn":1,"status":"running"}', '{"id":7,"ok":"running"}']);
    expect(two.lines).toEqual(['{"standIn":1,"status":"running"}']);
  });

  it('plays its script: the marker appears on the console as a line', async () => {
    await start(readyGuest('10.9.8.7'));
    await until(async () => (await serial()).endsWith('\nVMRS_READY 10.9.8.7\n'));
  });

  it('powers off when asked, says so, and exits with code 0', async () => {
    const child = await start(readyGuest());
    const client = await connect();
    client.send({ do: 'power-button' });
    await client.closed;
    expect(client.lines).toContain('{"event":"ending","reason":"power-off"}');
    expect(await exitOf(child)).toEqual({ code: 0, signal: null });
  });

  it('does nothing while paused, and tells everybody of pause and resume', async () => {
    await start({
      boots: [
        [
          { do: 'wait', ms: 100 },
          { do: 'ready', ip: '10.0.0.1' },
        ],
      ],
    });
    const [one, two] = [await connect(), await connect()];
    one.send({ do: 'pause' });
    await until(() => two.lines.includes('{"event":"paused"}'));
    await sleep(250);
    expect(await serial()).toBe('');
    one.send({ do: 'pause' }, 2);
    one.send({ do: 'resume' }, 3);
    await until(async () => (await serial()) !== '');
    expect(one.lines).toContain('{"id":2,"error":"the guest is paused already"}');
    expect(one.lines).toContain('{"id":3,"ok":"running"}');
  });

  it('goes on from a saved state, paused', async () => {
    const child = await start({
      boots: [
        [
          { do: 'print', text: 'one ' },
          { do: 'wait', ms: 60_000 },
          { do: 'print', text: 'two' },
        ],
      ],
    });
    const client = await connect();
    await until(async () => (await serial()) === 'one ');
    client.send({ do: 'pause' });
    client.send({ do: 'save', file: join(dir, 'state') }, 2);
    await until(() => client.lines.includes('{"id":2,"ok":"paused"}'));
    client.send({ do: 'quit' }, 3);
    await exitOf(child);
    await rm(join(dir, 'c'), { force: true });
    await start(
      {
        boots: [
          [
            { do: 'print', text: 'never again' },
            { do: 'print', text: 'three' },
          ],
        ],
      },
      ['--restore', join(dir, 'state')],
    );
    const restored = await connect();
    await until(() => restored.lines.includes('{"standIn":1,"status":"paused"}'));
    restored.send({ do: 'resume' });
    await until(async () => (await serial()) === 'one three');
  });

  it('reboots into the next list of steps and tells', async () => {
    await start({
      boots: [
        [{ do: 'wait', ms: 200 }, { do: 'reboot' }, { do: 'print', text: 'never' }],
        [{ do: 'print', text: 'second' }],
      ],
    });
    const client = await connect();
    await until(async () => (await serial()) === 'second');
    expect(client.lines).toContain('{"event":"reset"}');
  });

  const endings: readonly [GuestStep, object, string | null][] = [
    [{ do: 'power-off' }, { code: 0, signal: null }, 'power-off'],
    [{ do: 'panic' }, { code: 0, signal: null }, 'panic'],
    [{ do: 'exit', code: 3 }, { code: 3, signal: null }, null],
    [{ do: 'crash', signal: 'SIGSEGV' }, { code: null, signal: 'SIGSEGV' }, null],
  ];
  it.each(endings)('ends as told: %o', async (step, exit, reason) => {
    const child = await start(readyGuest());
    const client = await connect();
    client.send({ do: 'steps', steps: [step] });
    expect(await exitOf(child)).toEqual(exit);
    await client.closed;
    const said = client.lines.filter((line) => line.includes('ending'));
    expect(said).toEqual(reason === null ? [] : [`{"event":"ending","reason":"${reason}"}`]);
  });

  it('ignores the power button and SIGTERM when told to', async () => {
    const child = await start({
      boots: [
        [
          { do: 'power-button', is: 'ignored' },
          { do: 'ready', ip: '10.0.0.1' },
        ],
      ],
      vmm: { sigterm: 'ignored' },
    });
    const client = await connect();
    await until(async () => (await serial()) !== '');
    child.kill('SIGTERM');
    client.send({ do: 'power-button' });
    await until(async () => (await serial()).includes('power button ignored'));
    client.send({ do: 'status' }, 2);
    await until(() => client.lines.includes('{"id":2,"ok":"running"}'));
  });

  it('hangs, hangs up or babbles on its control socket when told to', async () => {
    await start(readyGuest());
    const client = await connect();
    client.send({ do: 'steps', steps: [{ do: 'control', mode: 'hangs' }] });
    client.send({ do: 'status' }, 2);
    await sleep(150);
    expect(client.lines.filter((line) => line.includes('"id"'))).toEqual(['{"id":1,"ok":"running"}']);
    // The commands are still obeyed, so that a test can end it.
    client.send({ do: 'steps', steps: [{ do: 'control', mode: 'babbles' }] }, 3);
    await until(() => client.lines.some((line) => line.includes('no message at all')));
    client.send({ do: 'steps', steps: [{ do: 'control', mode: 'closes' }] }, 4);
    await client.closed;
  });

  it('says why when it exits at its start', async () => {
    const child = await start({ boots: [[]], vmm: { exitAtStart: 7 } });
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    expect(await exitOf(child)).toEqual({ code: 7, signal: null });
    await until(() => said.includes('told to exit at its start with code 7'));
  });

  it('refuses a kernel that is no guest script', async () => {
    const child = await start({ boots: [] });
    expect(await exitOf(child)).toEqual({ code: 1, signal: null });
  });
});
