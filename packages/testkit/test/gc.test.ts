import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { GcReport, Lifetime, VmManager } from '@vmrs/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../src/conformance/expectations.ts';
import { filesUnder } from '../src/conformance/outside/files.ts';
import { signalFromOutside } from '../src/conformance/outside/processes.ts';
import { type ControllerOrder, loadingOptions } from '../src/conformance/second-process.ts';
import { World } from '../src/conformance/world.ts';
import { fakeSubject } from '../src/fake-driver/fake-subject.ts';

let world: World;
let children: ChildProcess[];

beforeEach(async () => {
  children = [];
  world = await World.create(fakeSubject(join(process.cwd(), 'node_modules', '.cache', `guests-${process.pid}`)));
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await world[Symbol.asyncDispose]();
});

/** A manager in this process. */
async function open(): Promise<VmManager> {
  return (await world.open()).manager;
}

/** Another process that has a ready VM. */
async function otherController(name: string, lifetime: Lifetime = 'detached'): Promise<ChildProcess> {
  const { module } = world.subject;
  if (module === undefined) throw new Error('no module');
  const { stateDir, runtimeDir, guestMs } = world;
  const config = { ...(await world.config('ready')), name };
  const how = { module: module.url.href, create: module.create, lifetime, letsGo: false };
  const order: ControllerOrder = { ...how, stateDir, runtimeDir, guestMs, config };
  const program = createRequire(import.meta.url).resolve('#controller-program');
  const child = spawn(process.execPath, [...loadingOptions(process.execArgv), program, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  if (child.stdout === null) throw new Error('no stdout');
  await once(createInterface({ input: child.stdout }), 'line');
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Processes of the check whose command line has the word. */
async function pidsOf(word: string): Promise<readonly number[]> {
  const all = await world.processes();
  return all.filter((line) => line.includes(word)).map((line) => Number.parseInt(line, 10));
}

/** The VMM's keeper is the process that names it in its own command line. */
const KEEPER = 'vmrs-keeper';

/** Kills all keepers; first the part of each that watches for the end of the controller, which was started last. */
async function killKeepers(): Promise<void> {
  for (const pid of (await pidsOf(KEEPER)).toSorted((a, b) => b - a)) signalFromOutside(pid, 'SIGKILL');
}

async function vmms(): Promise<readonly number[]> {
  const keepers = await pidsOf(KEEPER);
  return (await pidsOf('stand-in')).filter((pid) => !keepers.includes(pid));
}

const names = (items: GcReport['kept']): readonly string[] =>
  items.map(({ vm, what }) => `${vm?.name ?? '-'}: ${what}`);

it('after a restart of the host nothing is believed to run, whoever has the pid now', async () => {
  await killed(await otherController('web'));
  const [vmm = 0] = await vmms();
  const file = join(world.stateDir, 'default', 'web', 'record.json');
  const record: { bootId: string; process: object } = JSON.parse(await readFile(file, 'utf8'));
  const bootId = 'the boot before';
  await writeFile(file, JSON.stringify({ ...record, bootId, process: { ...record.process, bootId } }));
  // Of what was listed then nothing can be there, so there is nothing to release.
  await writeFile(join(world.stateDir, 'default', 'web', 'ledger.jsonl'), '');
  const vms = await open();
  expect((await vms.list())[0]?.state.status).toBe('failed');
  const { state } = await vms.get('web');
  expect(state).toMatchObject({ status: 'failed', reason: 'the host was restarted, and it ended with that' });
  expect(await vmms()).toEqual([vmm]);
});

describe('remove with force', () => {
  it('ends a living VM that nobody has in hand, and one of this manager, and no other', async () => {
    await killed(await otherController('left'));
    await otherController('theirs');
    const controller = await world.open();
    await world.boot(controller, 'ready', { name: 'mine' });
    const { manager: vms } = controller;
    for (const name of ['left', 'mine']) {
      await expect(vms.remove(name)).rejects.toMatchObject({ code: 'INVALID_STATE' });
      await vms.remove(name, { force: true });
    }
    await expect(vms.remove('theirs', { force: true })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect((await vms.list()).map(({ name }) => name)).toEqual(['theirs']);
    expect(await vmms()).toHaveLength(1);
    await expect(vms.remove('theirs', { force: 'yes' } as object)).rejects.toThrow(TypeError);
  });
});

describe('gc', () => {
  it('has nothing to do where everything is in order, and says what it keeps and why', async () => {
    const vms = await open();
    expect(await vms.gc()).toEqual({ dryRun: false, released: [], kept: [], failed: [] });
    await world.boot(await world.open(), 'ready', { name: 'mine' });
    await otherController('theirs');
    await killed(await otherController('left'));
    const report = await vms.gc();
    expect(report).toMatchObject({ released: [], failed: [] });
    expect(names(report.kept)).toEqual(['left: VM', 'mine: VM', 'theirs: VM']);
    const [left, mine, theirs] = report.kept.map(({ why }) => why);
    expect(left).toMatch(/its VM runs .* get\('left'\) takes it back/);
    expect(mine).toBe('this process has it in hand');
    expect(theirs).toMatch(/^process \d+ has it in hand$/);
    expect(await vmms()).toHaveLength(3);
    await (await vms.get('left')).kill();
  });

  it('releases what a dead controller has left of a dead VM; a dry run says so before and changes nothing', async () => {
    await killed(await otherController('web'));
    const [vmm = 0] = await vmms();
    signalFromOutside(vmm, 'SIGKILL');
    await eventually(5_000, async () => (await world.processes()).length === 0, 'the end of the VM');
    const vms = await open();
    const ended = { status: 'failed', exit: { how: 'unattended', signal: 'SIGKILL' } };
    expect((await vms.list())[0]?.state).toMatchObject(ended);
    const before = await filesUnder(world.root);
    const dry = await vms.gc({ dryRun: true });
    expect(await filesUnder(world.root)).toEqual(before);
    expect(names(dry.released)).toEqual([
      expect.stringMatching(/^web: process vmm \(pid \d+\)$/),
      expect.stringMatching(/^web: directory \/.*$/),
      'web: VM',
    ]);
    const report = await vms.gc();
    expect(report).toEqual({ ...dry, dryRun: false });
    expect(readdirSync(world.runtimeDir)).toEqual([]);
    // How it ended is evidence of a failure, and kept.
    expect((await vms.list())[0]?.state).toMatchObject(ended);
    expect((await vms.gc()).released).toEqual([]);
    await vms.remove('web');
    expect(await filesUnder(world.stateDir)).toEqual([]);
  });

  it('ends what an attached VM has left whose keeper and controller were killed', async () => {
    const controller = await otherController('web', 'attached');
    const [vmm = 0] = await vmms();
    const vms = await open();
    await killKeepers();
    await killed(controller);
    expect(await vmms()).toEqual([vmm]);
    const { released, failed } = await vms.gc();
    expect(failed).toEqual([]);
    expect(names(released)).toContain(`web: process vmm (pid ${vmm})`);
    expect(await world.processes()).toEqual([]);
  });

  it('does at the opening of a manager what concerns attached VMs, and no more', async () => {
    await killed(await otherController('detached'));
    const controller = await otherController('attached', 'attached');
    await killKeepers();
    await killed(controller);
    expect(await vmms()).toHaveLength(2);
    const vms = await open();
    expect(await vmms()).toHaveLength(1);
    expect((await vms.list()).map(({ name }) => name)).toEqual(['detached']);
    await (await vms.get('detached')).kill();
  });

  it('finds processes and folders whose state directory was removed under them', async () => {
    await killed(await otherController('web'));
    await rm(join(world.stateDir, 'default'), { recursive: true });
    const vms = await open();
    expect(await vms.list()).toEqual([]);
    const { released, kept, failed } = await vms.gc();
    expect({ kept, failed }).toEqual({ kept: [], failed: [] });
    expect(names(released)).toEqual([
      expect.stringMatching(/^-: process \d+, \d+$/),
      expect.stringMatching(/^-: directory /),
    ]);
    expect(await world.processes()).toEqual([]);
    expect(readdirSync(world.runtimeDir)).toEqual([]);
  });

  it('leaves alone what other state directories have in the same runtime folder', async () => {
    const other = join(world.root, 'other');
    await mkdir(other, { mode: 0o700 });
    const { VmManager } = await import('@vmrs/core');
    const driver = world.subject.createDriver();
    const theirs = await VmManager.open({ drivers: [driver], stateDir: other, runtimeDir: world.runtimeDir });
    await theirs.boot({ ...(await world.config('ready')), name: 'web' });
    await theirs.close();
    const vms = await open();
    expect(await vms.gc()).toMatchObject({ released: [], failed: [] });
    expect(await vmms()).toHaveLength(1);
    expect(readdirSync(world.runtimeDir)).toHaveLength(1);
  });

  it('keeps the VM whose record is damaged until somebody decides; remove() ends it', async () => {
    await killed(await otherController('web'));
    const folder = join(world.stateDir, 'default', 'web');
    await writeFile(join(folder, 'record.json'), '{ "schema": 2, "na');
    const vms = await open();
    const dry = await vms.gc({ dryRun: true });
    expect(existsSync(join(folder, 'record.json'))).toBe(true);
    expect(dry.kept[0]?.why).toMatch(/its record cannot be read, and its process \d+ lives; remove\('web'\) ends it/);
    expect(await vms.gc()).toMatchObject({ released: [], kept: dry.kept });
    expect(await vmms()).toHaveLength(1);
    await expect(vms.remove('web')).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    await vms.remove('web');
    expect(await world.processes()).toEqual([]);
    // The evidence stays.
    expect(readdirSync(folder)).toEqual(['record.json.corrupt-1']);
  });

  it('leaves what a newer core has written', async () => {
    await killed(await otherController('web'));
    const file = join(world.stateDir, 'default', 'web', 'record.json');
    const record: unknown = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...Object(record), schema: 99 }));
    const { released, kept } = await (await open()).gc();
    expect(released).toEqual([]);
    expect(kept[0]?.why).toMatch(/newer @vmrs\/core \(schema 99\)/);
    expect(await vmms()).toHaveLength(1);
  });

  it('releases locks of controllers that are gone, those around a takeover too', async () => {
    const namespace = join(world.stateDir, 'default');
    await killed(await otherController('web'));
    for (const pid of await vmms()) signalFromOutside(pid, 'SIGKILL');
    await eventually(5_000, async () => (await world.processes()).length === 0, 'the end of the VM');
    const { readlink, symlink } = await import('node:fs/promises');
    await symlink(await readlink(join(namespace, '.web.lock')), join(namespace, '.web.lock.takeover'));
    const vms = await open();
    expect((await vms.gc()).failed).toEqual([]);
    expect(readdirSync(namespace)).toEqual(['web']);
  });

  it('removes the folder of a namespace that a controller has left empty', async () => {
    const namespace = join(world.stateDir, 'empty');
    await mkdir(namespace, { recursive: true, mode: 0o700 });
    const vms = await open();
    expect(names((await vms.gc({ dryRun: true })).released)).toEqual([`-: directory ${namespace}`]);
    expect(existsSync(namespace)).toBe(true);
    await vms.gc();
    expect(existsSync(namespace)).toBe(false);
  });

  it('can be given up, and is refused on a closed manager', async () => {
    const vms = await open();
    await killed(await otherController('web'));
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(vms.gc({ signal })).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(vms.gc({ dryrun: true } as object)).rejects.toThrow(/did you mean 'dryRun'/);
    await vms.close();
    await expect(vms.gc()).rejects.toThrow(TypeError);
  });
});
