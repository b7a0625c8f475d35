import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCounterLog } from '../../applevz-fake/src/index.ts';
import { fakeAddonPath } from './support/fake-addon.ts';
import { runFixture } from './support/run-fixture.ts';
import { makeScene, type Scene } from './support/scene.ts';

let addon: string;
let scene: Scene;

beforeAll(async () => {
  addon = await fakeAddonPath();
}, 300_000);

beforeEach(async () => {
  scene = await makeScene();
});

afterEach(() => scene[Symbol.asyncDispose]());

describe('a process with a running machine', () => {
  it.each([
    ['return', 0, ''],
    ['exit', 7, ''],
    ['throw', 1, 'on purpose'],
  ])('ends by %s with code %i', async (how, code, words) => {
    const log = join(scene.dir, 'counters');
    const ended = await runFixture('end-with-live-machine', [addon, scene.dir, how], { log });
    expect(ended).toMatchObject({ code, signal: null, stdout: 'running' });
    expect(ended.stderr).toContain(words);
    expect(await readCounterLog(log)).toMatchObject([{ made: 1, offQueue: 0 }]);
  });

  it('stays alive for an operation that is under way', async () => {
    const ended = await runFixture('wait-for-promise', [addon, scene.dir], { faults: { slow: { start: 50 } } });
    expect(ended).toMatchObject({ code: 0, stdout: 'running', stderr: '' });
  });
});

describe('workers that leave running machines behind', () => {
  it.each([
    ['before them', 'yes'],
    ['after them', 'no'],
  ])('end, and their machines with them; the main thread loaded the addon %s', async (_, loadHere) => {
    const ended = await runFixture('workers', [addon, scene.dir, loadHere]);
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(JSON.parse(ended.stdout)).toMatchObject({ made: 5, alive: 0, offQueue: 0 });
  });
});

describe('two hundred machines', () => {
  it('are all gone in the end, closed or collected, and long before there are so many', async () => {
    const ended = await runFixture('many-machines', [addon, scene.dir]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const counters = JSON.parse(ended.stdout);
    expect(counters).toMatchObject({ made: 200, alive: 0, offQueue: 0, exceptions: 0 });
    expect(counters.most).toBeLessThan(100);
  });
});
