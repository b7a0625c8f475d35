/**
 * What core adds to the bare thing: boot() over a bare spawn, kill() and an outside SIGKILL over the process's own death, a marker
 * in the log until ready() resolves, state() in steady state, and the import. All in one run, interleaved.
 *
 *   npm run dev -- node bench/overheads.ts [rounds]
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { VmManager } from '@vmrs/core';
import { sleepDriver } from './sleep-driver.ts';
import { quantile, table } from './stats.ts';

const ROUNDS = Number(process.argv[2] ?? 100);
const root = mkdtempSync(join(tmpdir(), 'vb-'));
const kernel = join(root, 'kernel');
writeFileSync(kernel, gzipSync('kernel'));
const vms = await VmManager.open({ drivers: [sleepDriver], stateDir: join(root, 's'), runtimeDir: join(root, 'r') });

const bareSpawn: number[] = [];
const bareDeath: number[] = [];
const boot: number[] = [];
const ready: number[] = [];
const kill: number[] = [];
const outside: number[] = [];
const state: number[] = [];

// The first boot loads what is loaded lazily.
await (await vms.boot({ name: 'first', kernel })).kill();
for (let round = 0; round < ROUNDS; round++) {
  await bare();
  await managed(round);
}

console.log(
  table([
    { what: 'bare spawn of the VMM stand-in, with log files', ms: bareSpawn },
    { what: 'boot(): checks, lock, record, ledger, spawn, identity', ms: boot, over: bareSpawn },
    { what: "bare SIGKILL until 'exit'", ms: bareDeath },
    { what: 'SIGKILL from outside until the state is failed', ms: outside, over: bareDeath },
    { what: 'kill(): until gone, released and removed', ms: kill, over: bareDeath },
    { what: 'marker in the log until ready() resolves', ms: ready },
  ]),
);
console.log(`\nvm.state: ${(quantile(state, 0.5) * 1000).toFixed(2)} us`);
console.log(`import of @vmrs/core over bare node: ${importCost().toFixed(1)} ms`);
await vms.close();
rmSync(root, { recursive: true });

async function bare(): Promise<void> {
  const log = openSync(join(root, 'bare.log'), 'a');
  const t0 = performance.now();
  const child = spawn('/bin/sleep', ['1000'], { stdio: ['ignore', log, log], detached: true });
  await once(child, 'spawn');
  bareSpawn.push(performance.now() - t0);
  closeSync(log);
  const t1 = performance.now();
  child.kill('SIGKILL');
  await once(child, 'exit');
  bareDeath.push(performance.now() - t1);
}

async function managed(round: number): Promise<void> {
  const serialLog = join(root, `console-${round}.log`);
  const t0 = performance.now();
  const vm = await vms.boot({ name: `vm-${round}`, kernel, serialLog });
  boot.push(performance.now() - t0);

  const waiting = vm.ready().then(() => performance.now());
  await new Promise(setImmediate);
  const t1 = performance.now();
  appendFileSync(serialLog, 'VMRS_READY 10.0.0.1\n');
  ready.push((await waiting) - t1);

  const t2 = performance.now();
  for (let i = 0; i < 1000; i++) void vm.state;
  state.push((performance.now() - t2) / 1000);

  if (round % 2 === 0) {
    const t3 = performance.now();
    await vm.kill();
    kill.push(performance.now() - t3);
    return;
  }
  const failed = vm.waitFor('failed').then(() => performance.now());
  const t4 = performance.now();
  // Ours, and alive: it was booted a moment ago.
  process.kill(vm.process?.pid ?? 0, 'SIGKILL');
  outside.push((await failed) - t4);
  await vm.exit;
}

function importCost(): number {
  const time = (code: string): number => {
    const t = performance.now();
    execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: import.meta.dirname });
    return performance.now() - t;
  };
  const rounds = Array.from({ length: 15 }, () => [time(''), time("import '@vmrs/core'")] as const);
  return quantile(
    rounds.map(([empty, core]) => core - empty),
    0.5,
  );
}
