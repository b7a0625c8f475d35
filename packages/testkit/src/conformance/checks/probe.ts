import { deepEqual, equal, ok } from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { ProbeReport } from '@vmrs/core';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { noListenersOn, nothingIn, rejectsAborted, within } from '../expectations.ts';
import { heldByController, leakedSince } from '../outside/controller.ts';
import { filesUnder } from '../outside/files.ts';

/** How long a probe may go on after it was aborted. */
const GIVE_UP_MS = 2_000;

/** What the driver says about this host. */
export const PROBE_CHECKS: readonly ConformanceCheck[] = checksOf('probe', [
  {
    name: 'answers the same twice, with a reason and a fix for everything that does not work',
    async run({ subject }) {
      const driver = subject.createDriver();
      const first = await driver.probe();
      assertReport(first);
      equal((await driver.probe()).usable, first.usable, 'the second answer differs from the first');
    },
  },
  {
    name: 'answers instead of throwing on a host without any program',
    async run({ subject }) {
      const path = process.env['PATH'];
      process.env['PATH'] = '';
      try {
        assertReport(await subject.createDriver().probe());
      } finally {
        process.env['PATH'] = path;
      }
    },
  },
  {
    name: 'leaves no file, no process and nothing open',
    async run(world) {
      const driver = world.subject.createDriver();
      // What a first call loads or caches is not the probe's to close.
      await driver.probe();
      nothingIn((await filesUnder(world.root)).filter(isNoFolder), 'the probe left files');
      const before = await heldByController();
      await driver.probe();
      nothingIn(leakedSince(before, await heldByController()), 'the probe left things open in this process');
      nothingIn(await world.processes(), 'the probe left processes');
      nothingIn((await filesUnder(world.root)).filter(isNoFolder), 'the second probe left files');
    },
  },
  {
    name: 'gives up when it is aborted, and takes its listeners off the signal',
    async run(world) {
      const driver = world.subject.createDriver();
      const reason = new Error('aborted before the probe');
      await rejectsAborted(
        within(GIVE_UP_MS, driver.probe({ signal: AbortSignal.abort(reason) }), 'probe'),
        reason,
        'probe',
      );
      const during = new AbortController();
      const probe = driver.probe({ signal: during.signal });
      probe.catch(() => undefined); // Looked at below.
      during.abort(new Error('aborted during the probe'));
      await within(GIVE_UP_MS, Promise.allSettled([probe]), 'an aborted probe');
      const after = new AbortController();
      await driver.probe({ signal: after.signal });
      for (const { signal } of [during, after]) noListenersOn(signal, 'probe');
      equal(getEventListeners(after.signal, 'abort').length, 0);
      nothingIn(await world.processes(), 'the aborted probe left processes');
    },
  },
]);

function isNoFolder(line: string): boolean {
  return !line.endsWith('(directory)');
}

function assertReport(report: ProbeReport): void {
  equal(typeof report.usable, 'boolean', 'usable is no boolean');
  ok(Array.isArray(report.problems), 'problems is no list');
  for (const { path, message, fix } of report.problems) {
    ok(typeof path === 'string' && typeof message === 'string' && message !== '', 'a problem has a path and a message');
    ok(report.usable || (typeof fix === 'string' && fix !== ''), `the problem '${message}' has no fix`);
  }
  ok(report.usable || report.problems.length > 0, 'the host is not usable, and no problem says why');
  deepEqual(JSON.parse(JSON.stringify(report.facts)), report.facts, 'facts do not survive JSON');
}
