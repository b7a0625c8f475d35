/**
 * Who waits for the VMMs of a controller that may end before them: a shell for each (what core does), or one Node.js process for all.
 * Against a bare spawn, of which nobody knows the end once the controller is gone. All in one run, interleaved; with a small controller and
 * with one of a gigabyte, whose fork is slow.
 *
 *   npm run dev -- node --conditions=@vmrs/source bench/supervision.ts [rounds]
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '../packages/core/src/log/index.ts';
import { KeptProcess } from '../packages/core/src/process/kept-process.ts';
import { spawnKept } from '../packages/core/src/process/spawn-vmm.ts';
import { table } from './stats.ts';

const ROUNDS = Number(process.argv[2] ?? 100);
const GIGABYTE = 2 ** 30;
const PROGRAM = { role: 'vmm', file: '/bin/sleep', args: ['1000'] };
const LABEL = { start: 'call until the pid is known', blocked: 'event loop held up', end: 'SIGKILL until known' };
const root = mkdtempSync(join(tmpdir(), 'vb-'));
const log = join(root, 'log');
const exitFile = join(root, 'vmm.exit');
let lastId = 0;
const logger = silentLogger;

const beginning = performance.now();
const launcher = fork(join(import.meta.dirname, 'launcher.ts'));
await once(launcher, 'spawn');
launcher.send({ id: 0, file: '/bin/true', args: [], log, exitFile });
await answer(launcher, 0);
const launcherStart = performance.now() - beginning;

// The first start loads what is loaded lazily.
await kept();
console.log('a controller as small as this one:\n');
await measure();
const resident = Buffer.alloc(GIGABYTE, 1);
console.log('\nthe same with a gigabyte resident:\n');
await measure();
resident.fill(0);

const child = await spawnKept(PROGRAM, { token: 't'.repeat(20), log, exitFile, lifetime: 'detached', logger });
await sleep(50);
console.log(
  `\nmemory: keeper ${pss(child.keeper.pid)} kB per process, launcher ${pss(launcher.pid)} kB per controller (PSS)`,
);
console.log(`the launcher's own start, before its first VM: ${launcherStart.toFixed(0)} ms`);
process.kill(child.identity.pid, 'SIGKILL');
await child.keeperEnded;
launcher.kill();
rmSync(root, { recursive: true });

interface Timing {
  /** From the call until the pid is known. */
  readonly start: number;
  /** For how long the call itself holds up everything else. */
  readonly blocked: number;
  /** From SIGKILL until the controller knows the end. */
  readonly end: number;
}

async function measure(): Promise<void> {
  const ways = { bare, kept, launched };
  const times = { bare: [] as Timing[], kept: [] as Timing[], launched: [] as Timing[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, way] of Object.entries(ways)) times[name as keyof typeof ways].push(await way());
  }
  const pick = (name: keyof typeof ways, what: keyof Timing) => times[name].map((timing) => timing[what]);
  const lines = (['start', 'blocked', 'end'] as const).flatMap((what) => [
    { what: `${LABEL[what]}: bare spawn`, ms: pick('bare', what) },
    { what: `${LABEL[what]}: a keeper each`, ms: pick('kept', what), over: pick('bare', what) },
    { what: `${LABEL[what]}: one launcher`, ms: pick('launched', what), over: pick('bare', what) },
  ]);
  console.log(table(lines));
}

async function bare(): Promise<Timing> {
  const output = openSync(log, 'a');
  const t0 = performance.now();
  const process = spawn(PROGRAM.file, PROGRAM.args, { stdio: ['ignore', output, output], detached: true });
  const t1 = performance.now();
  await once(process, 'spawn');
  const t2 = performance.now();
  closeSync(output);
  process.kill('SIGKILL');
  await once(process, 'exit');
  return { start: t2 - t0, blocked: t1 - t0, end: performance.now() - t2 };
}

async function kept(): Promise<Timing> {
  rmSync(exitFile, { force: true });
  const token = `${Math.random()}`.replace('.', '-').padEnd(20, '0');
  const t0 = performance.now();
  const lag = longestLag();
  const { identity, keeper, keeperEnded } = await spawnKept(PROGRAM, {
    token,
    log,
    exitFile,
    lifetime: 'detached',
    logger,
  });
  const t2 = performance.now();
  const blocked = lag();
  const hints = [keeperEnded];
  const process = new KeptProcess({ role: 'vmm', identity, keeper, exitFile, token, hints, logger });
  const t3 = performance.now();
  await process.kill();
  return { start: t2 - t0, blocked, end: performance.now() - t3 };
}

async function launched(): Promise<Timing> {
  lastId += 1;
  const id = lastId;
  const t0 = performance.now();
  launcher.send({ id, file: PROGRAM.file, args: PROGRAM.args, log, exitFile });
  const t1 = performance.now();
  const { pid } = await answer(launcher, id);
  const t2 = performance.now();
  const end = answer(launcher, id);
  process.kill(Number(pid), 'SIGKILL');
  await end;
  return { start: t2 - t0, blocked: t1 - t0, end: performance.now() - t2 };
}

async function answer(from: ChildProcess, id: number): Promise<{ readonly pid?: number }> {
  for (;;) {
    const [message] = await once(from, 'message');
    if (message.id === id) return message;
  }
}

/** The longest time between two turns of the event loop from now on, as far as the caller lets it turn. */
function longestLag(): () => number {
  let last = performance.now();
  let longest = 0;
  const turn = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    handle = setImmediate(turn);
  };
  let handle = setImmediate(turn);
  return () => {
    clearImmediate(handle);
    return Math.max(longest, performance.now() - last);
  };
}

function pss(pid: number | undefined): string {
  return /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? '?';
}
