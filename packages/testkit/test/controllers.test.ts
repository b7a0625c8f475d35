import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { eventually } from '../src/conformance/expectations.ts';
import { filesUnder } from '../src/conformance/outside/files.ts';
import { MARK, markedProcesses } from '../src/conformance/outside/processes.ts';
import { readyGuest, writeGuestScript } from '../src/stand-in/index.ts';

// Twenty Node.js processes at a time take theirs to start.
vi.setConfig({ testTimeout: 120_000 });

const PROGRAM = fileURLToPath(new URL('./fixtures/controller.ts', import.meta.url));

interface Answer {
  readonly ok?: unknown;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details: { readonly ownerPid?: number };
  };
}

/** A controller in a process of its own. */
class Controller {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new TypeError('no stdout');
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  static async start(): Promise<Controller> {
    const args = ['--conditions=@vmrs/source', PROGRAM, join(dir, 's'), join(dir, 'r'), join(dir, 'kernel')];
    const env = { ...process.env, [MARK]: dir };
    const controller = new Controller(spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env }));
    controllers.push(controller);
    expect(await controller.#next()).toEqual({ ok: 'open' });
    return controller;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Gives an order and waits for the answer. */
  tell(order: string): Promise<Answer> {
    this.#child.stdin?.write(`${order}\n`);
    return this.#next();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it by force and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** Has it end by itself. */
  async leave(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.stdin?.end();
    expect(await gone).toEqual([0, null]);
  }

  async #next(): Promise<Answer> {
    const { value } = await this.#answers.next();
    return JSON.parse(value ?? '{"error":{"code":"GONE"}}');
  }
}

let dir: string;
let controllers: Controller[];

beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'vc-')));
  controllers = [];
  await writeGuestScript(join(dir, 'kernel'), readyGuest());
});

afterEach(async () => {
  await Promise.all(controllers.map((controller) => controller.kill()));
  await rm(dir, { recursive: true });
});

const start = (count: number): Promise<Controller[]> =>
  Promise.all(Array.from({ length: count }, () => Controller.start()));
const tellAll = (all: readonly Controller[], order: string): Promise<Answer[]> =>
  Promise.all(all.map((controller) => controller.tell(order)));

/** The VM and all that was made for it are gone; the controllers are still there. */
async function nothingLeft(): Promise<void> {
  expect(await filesUnder(join(dir, 's'))).toEqual([]);
  expect(await filesUnder(join(dir, 'r'))).toEqual([]);
  const mine = new Set(controllers.map(({ pid }) => pid));
  const others = async () => (await markedProcesses(dir)).filter(({ pid }) => !mine.has(pid));
  await eventually(5_000, async () => (await others()).length === 0, 'the end of all processes of the VM');
}

it('20 controllers race to boot one name: one wins, the others are told who, and all can get it and use it', async () => {
  const all = await start(20);
  const booted = await tellAll(all, 'boot');
  const winner = all[booted.findIndex(({ ok }) => ok !== undefined)];
  const losers = booted.filter(({ ok }) => ok === undefined);
  expect(losers.length).toBe(19);
  for (const { error } of losers) {
    expect(error).toMatchObject({ code: 'ALREADY_EXISTS', details: { ownerPid: winner?.pid } });
  }
  const got = await tellAll(all, 'get');
  expect(new Set(got.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(got[0]).toMatchObject({ ok: { pid: expect.any(Number) } });
  expect(new Set((await tellAll(all, 'ready')).map((answer) => JSON.stringify(answer)))).toEqual(
    new Set(['{"ok":{"ip":"10.0.2.15"}}']),
  );
  const others = all.filter((controller) => controller !== winner);
  expect(await others[0]?.tell('echo')).toEqual({ ok: 'hello' });
  expect(await others[1]?.tell('pause')).toEqual({ ok: null });
  await eventually(
    5_000,
    async () => (await tellAll(all, 'state')).every(({ ok }) => ok === 'paused'),
    'the news of a pause at everybody',
  );
  expect(await others[2]?.tell('resume')).toEqual({ ok: null });
  const { ok } = (await others[3]?.tell('stop')) ?? {};
  expect(ok).toMatchObject({ how: 'guest', problems: [] });
  await nothingLeft();
  await Promise.all(all.map((controller) => controller.leave()));
});

it.each([
  ['the holder among them', false],
  ['after their holder was killed', true],
])('10 controllers stop one VM at the same moment, %s: all get the same answer', async (_, kill) => {
  const holder = await Controller.start();
  await holder.tell('boot');
  await holder.tell('ready');
  const all = await start(kill ? 10 : 9);
  if (kill) await holder.kill();
  else all.push(holder);
  const got = await tellAll(all, 'get');
  for (const answer of got) expect(answer).toMatchObject({ ok: { state: 'ready' } });
  const owners = new Set((await tellAll(all, 'list')).map(({ ok }) => JSON.stringify(ok)));
  // The one that holds it says of itself that nobody else does.
  expect(owners.size).toBe(2);
  const stopped = (await tellAll(all, 'stop')).map((answer) => JSON.stringify(answer));
  expect(JSON.parse(stopped[0] ?? '')).toMatchObject({ ok: { how: 'guest', rungs: [{ outcome: 'worked' }] } });
  expect(new Set(stopped).size).toBe(1);
  expect(new Set((await tellAll(all, 'stop')).map((answer) => JSON.stringify(answer)))).toEqual(new Set(stopped));
  expect((await tellAll(all, 'get')).map(({ error }) => error?.code)).toEqual(all.map(() => 'NOT_FOUND'));
  await nothingLeft();
  await Promise.all(all.map((controller) => controller.leave()));
});

it('a suspended holder is named in bounded time and nothing is taken from it; those connected to it are told too', async () => {
  const [holder, connected, late] = await start(3);
  if (holder === undefined || connected === undefined || late === undefined) throw new Error('not started');
  await holder.tell('boot');
  await holder.tell('ready');
  await connected.tell('get');
  holder.signal('SIGSTOP');
  const since = performance.now();
  const [{ error: pausing }, { error: getting }] = await Promise.all([connected.tell('pause'), late.tell('get')]);
  expect(performance.now() - since).toBeLessThan(15_000);
  for (const error of [pausing, getting]) {
    expect(error).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining(`process ${holder.pid} holds`) });
  }
  holder.signal('SIGCONT');
  expect(await late.tell('get')).toMatchObject({ ok: { pid: expect.any(Number) } });
  expect(await connected.tell('stop')).toMatchObject({ ok: { how: 'guest' } });
  await nothingLeft();
});

it('those who ask a holder that is killed are told so, and take the VM back', async () => {
  const [holder, other] = await start(2);
  if (holder === undefined || other === undefined) throw new Error('not started');
  await holder.tell('boot');
  await other.tell('get');
  await holder.kill();
  const { error } = await other.tell('pause');
  expect(error).toMatchObject({
    code: 'INVALID_STATE',
    message: expect.stringContaining(`process ${holder.pid}, which held it, has ended`),
  });
  expect(await other.tell('get')).toMatchObject({ ok: { pid: expect.any(Number) } });
  expect(await other.tell('stop')).toMatchObject({ ok: { how: 'guest' } });
  await nothingLeft();
  await other.leave();
});
