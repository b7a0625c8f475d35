import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Bench, failure, quickClock } from '../fixtures/bench.ts';

describe('the end of a VM', () => {
  it('is failed with exit code when the VMM ends unasked, and its folder stays as evidence', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const { vm, machine } = await bench.boot(vms);
    await machine.print('last words\n');
    machine.crash(3);
    expect(await vm.exit).toMatchObject({ how: 'crashed', code: 3 });
    expect(vm.state).toMatchObject({ status: 'failed', reason: expect.stringContaining('code 3') });
    expect(await bench.files()).toContain('record.json');
    expect((await vms.list())[0]).toMatchObject({ state: { status: 'failed', exit: { code: 3 } } });
    await vms.remove('web');
    expect(await bench.files()).toEqual([]);
    expect((await failure(vms.remove('web'))).code).toBe('NOT_FOUND');
  });

  it('rejects a pending ready() at once, with the console and the exit', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    const waiting = failure(vm.ready({ timeoutMs: 60_000 }));
    await machine.print('oops\n');
    machine.crash(1);
    expect(await waiting).toMatchObject({
      code: 'NOT_READY',
      details: { exit: { how: 'crashed', code: 1 }, consoleTail: ['oops'] },
    });
  });

  it.each([
    ['always', 'powerOff', true],
    ['on-failure', 'powerOff', false],
    ['on-failure', 'crash', true],
    ['never', 'crash', false],
  ] as const)('with keep %s after %s leaves a folder: %s', async (keep, how, stays) => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open({ keep }));
    if (how === 'crash') machine.crash(1);
    else machine.powerOff();
    await vm.exit;
    expect((await bench.files()).includes('record.json')).toBe(stays);
  });

  it("never removes the caller's own console log", async () => {
    await using bench = await Bench.create();
    const vms = await bench.open({ keep: 'never' });
    const serialLog = join(bench.root, 'mine.log');
    await writeFile(serialLog, 'mine\n');
    const vm = await vms.boot({ name: 'web', kernel: bench.kernel, serialLog });
    await vm.kill();
    expect(await readFile(serialLog, 'utf8')).toBe('mine\n');
  });

  it('is noticed also when the log of the VMM cannot be read', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    await mkdir(machine.context.paths.vmmLog);
    machine.crash(3);
    expect(await vm.exit).toMatchObject({ how: 'crashed', code: 3 });
  });

  it('is taken as unknown when the driver breaks its promise to tell of it', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    machine.end.reject(new Error('a bug'));
    expect(await vm.exit).toMatchObject({ how: 'unknown' });
  });

  it('is cleaned up also when the machine cannot be let go of', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open({ clock: quickClock }));
    machine.beforeDetach = new Promise(() => undefined);
    expect(await vm.kill()).toMatchObject({ how: 'sigkill', problems: [{ path: 'closing the control connection' }] });
  });

  it('leaves a VM that can still be looked at by later controllers', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    await writeFile(machine.context.paths.vmmLog, 'bad option\n');
    await machine.print('last words\n');
    machine.crash(3);
    await vm.exit;
    const later = await (await bench.open()).get('web');
    expect(await text(later.console())).toBe('last words\n');
    expect(await text(later.logs())).toBe('bad option\n');
    const told: string[] = [];
    for await (const event of later.events()) told.push(event.type === 'state' ? event.state.status : event.type);
    expect(told).toEqual(['failed']);
    expect(await failure(later.ready())).toMatchObject({ code: 'NOT_READY', details: { vmmLogTail: ['bad option'] } });
  });
});

async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

describe('readiness', () => {
  it('comes from the console, goes with a reset, survives a pause, and is told in events', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    const story: string[] = [];
    const watching = (async () => {
      for await (const event of vm.events()) story.push(event.type === 'state' ? event.state.status : event.type);
    })();
    await machine.print('VMRS_READY 10.0.0.5\n');
    expect(await vm.ready()).toEqual({ ip: '10.0.0.5' });
    await vm.pause();
    await vm.resume();
    expect(vm.state).toEqual({ status: 'ready', ip: '10.0.0.5' });
    machine.context.notify({ type: 'reset' });
    expect(vm.state).toEqual({ status: 'running' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await machine.print('VMRS_READY 10.0.0.6\n');
    expect(await vm.ready()).toEqual({ ip: '10.0.0.6' });
    await vm.stop();
    await watching;
    expect(story).toEqual(['running', 'ready', 'paused', 'ready', 'running', 'reset', 'ready', 'stopping', 'stopped']);
  });

  it('a marker of an earlier boot of the name never counts', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open({ keep: 'always' });
    const first = await bench.boot(vms);
    await first.machine.print('VMRS_READY 10.0.0.5\n');
    await first.vm.ready();
    await first.vm.stop();
    const second = await bench.boot(vms);
    expect(await failure(second.vm.ready({ timeoutMs: 100 }))).toMatchObject({ code: 'TIMEOUT' });
  });
});
