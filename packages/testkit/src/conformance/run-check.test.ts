import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fakeSubject } from '../fake-driver/index.ts';
import type { ConformanceCheck } from './check.ts';
import { describeDriverConformance } from './describe-driver-conformance.ts';
import { eventually } from './expectations.ts';
import { MARK, signalFromOutside } from './outside/processes.ts';
import { runCheck } from './run-check.ts';
import { runDriverConformance } from './run-driver-conformance.ts';
import type { ConformanceSubject } from './subject.ts';
import type { World } from './world.ts';

let guests: string;
let subject: ConformanceSubject;

beforeAll(async () => {
  guests = await mkdtemp(join(tmpdir(), 'vmrs-guests-'));
  subject = fakeSubject(guests, { without: ['vsock'] });
});
afterAll(() => rm(guests, { recursive: true, force: true }));

const check = (run: ConformanceCheck['run'], rest: Partial<ConformanceCheck> = {}): ConformanceCheck => {
  return { area: 'test', name: 'a check', run, ...rest };
};

it('skips for a capability that is not declared, and says which', async () => {
  const outcome = await runCheck(
    check(async () => expect.fail('it ran'), { needs: ['pause', 'vsock'] }),
    subject,
  );
  expect(outcome).toEqual({ status: 'skipped', reason: "driver 'fake' does not declare vsock" });
});

it('skips everything for want of a prerequisite, and says which', async () => {
  const bare = { ...subject, prerequisites: async () => ({ missing: 'there is no hypervisor' }) };
  const outcome = await runCheck(
    check(async () => expect.fail('it ran')),
    bare,
  );
  expect(outcome).toEqual({ status: 'skipped', reason: 'there is no hypervisor' });
});

it('skips a check whose guest cannot be had', async () => {
  const poor: ConformanceSubject = { ...subject, config: async (kind) => ({ missing: `a guest that ${kind}` }) };
  const outcome = await runCheck(
    check(async (world) => void (await world.config('panics'))),
    poor,
  );
  expect(outcome).toEqual({ status: 'skipped', reason: 'a guest that panics' });
});

it('fails a check that takes too long', async () => {
  const outcome = await runCheck(
    check(() => new Promise(() => undefined)),
    { ...subject, checkTimeoutMs: 20 },
  );
  expect(outcome).toMatchObject({ status: 'failed', error: { message: 'the check: it took longer than 20 ms' } });
});

it('ends and removes whatever a failed check leaves, and puts the environment back', async () => {
  const before = { temp: process.env['TMPDIR'], mark: process.env[MARK] };
  let left: World | undefined;
  let pid: number | undefined;
  const outcome = await runCheck(
    check(async (world) => {
      left = world;
      await world.boot(await world.open(), 'ready');
      pid = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], { stdio: 'ignore', detached: true }).pid;
      // The VMM, its keeper, and what was started past core.
      expect(await world.processes()).toHaveLength(3);
      throw new Error('it fails');
    }),
    subject,
  );
  expect(outcome).toMatchObject({ status: 'failed', error: { message: 'it fails' } });
  // SIGKILL was sent; what it ends is seen for a moment longer.
  await eventually(5_000, async () => (await left?.processes())?.length === 0, 'the end of what was left');
  expect(existsSync(left?.root ?? '')).toBe(false);
  expect({ temp: process.env['TMPDIR'], mark: process.env[MARK] }).toEqual(before);
  await eventually(5_000, () => !signalFromOutside(pid ?? 0, 0), 'the end of what was started past core');
});

it('reports what it ran as plain data', async () => {
  const checks = [
    check(async () => undefined, { name: 'good' }),
    check(() => Promise.reject(new Error('no')), { name: 'bad' }),
  ];
  const told: string[] = [];
  const report = await runDriverConformance(subject, { checks, onCheck: ({ name }) => told.push(name) });
  expect(JSON.parse(JSON.stringify(report))).toMatchObject({
    driver: 'fake',
    passed: 1,
    skipped: 0,
    failed: 1,
    checks: [
      { area: 'test', name: 'good', status: 'passed' },
      { area: 'test', name: 'bad', status: 'failed', reason: 'no' },
    ],
  });
  expect(told).toEqual(['good', 'bad']);
});

it('declares a block per area and a test per check to any runner', () => {
  const blocks: string[] = [];
  const tests: string[] = [];
  const runner = {
    describe(name: string, body: () => void) {
      blocks.push(name);
      body();
    },
    it: (name: string) => tests.push(name),
  };
  describeDriverConformance(runner, subject);
  expect(blocks.slice(0, 3)).toEqual(["conformance of driver 'fake'", 'manifest', 'probe']);
  expect(tests.length).toBeGreaterThan(60);
});
