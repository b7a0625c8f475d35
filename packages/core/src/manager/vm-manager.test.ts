import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deferred } from '../util/deferred.ts';
import { Bench, failure } from './fixtures/bench.ts';

describe('boot', () => {
  it('MG1: querying during boot answers starting and never allows a second boot of the name', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const gate = deferred<void>();
    bench.driver.beforeBoot = () => gate.promise;
    const booting = vms.boot({ name: 'web', kernel: bench.kernel });
    const early = await eventually(() => vms.get('web'));
    expect(early.state).toEqual({ status: 'starting' });
    const [summary] = await eventually(async () => {
      const list = await vms.list();
      return list.length === 0 ? Promise.reject(new Error('not listed yet')) : list;
    });
    expect(summary).toMatchObject({ name: 'web', state: { status: 'starting' } });
    expect(await failure(vms.boot({ name: 'web', kernel: bench.kernel }))).toMatchObject({
      code: 'ALREADY_EXISTS',
      details: { state: 'starting' },
    });
    gate.resolve();
    await booting;
    expect(bench.driver.machines.length).toBe(1);
  });

  it('lets one of many concurrent boots of a name win, and all boots of other names', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const same = await Promise.allSettled(
      Array.from({ length: 10 }, () => vms.boot({ name: 'web', kernel: bench.kernel })),
    );
    expect(same.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    const others = await Promise.all([1, 2, 3, 4, 5].map((n) => vms.boot({ name: `vm-${n}`, kernel: bench.kernel })));
    expect(others.map(({ state }) => state.status)).toEqual(Array(5).fill('running'));
    expect((await vms.list()).length).toBe(6);
  });

  it('undoes everything when the driver fails, keeps the evidence, and allows the next boot', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const cause = new Error('no such device');
    bench.driver.beforeBoot = () => Promise.reject(cause);
    const error = await failure(vms.boot({ name: 'web', kernel: bench.kernel }));
    expect(error).toMatchObject({
      code: 'BOOT_FAILED',
      vm: 'web',
      message: "boot failed for 'web': no such device",
      cause,
    });
    expect((await vms.get('web')).state).toMatchObject({ status: 'failed' });
    bench.driver.beforeBoot = async () => undefined;
    await (await bench.boot(vms)).vm.stop();
    expect(await bench.files()).toEqual([]);
  });

  it('gives up at its deadline and says so', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    bench.driver.beforeBoot = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const error = await failure(vms.boot({ name: 'web', kernel: bench.kernel }, { timeoutMs: 20 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', details: { operation: 'boot', timeoutMs: 20 } });
  });

  it('is aborted by the caller with nothing left, not even a folder', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const caller = new AbortController();
    bench.driver.beforeBoot = (signal) => {
      caller.abort(new Error('changed my mind'));
      return new Promise((_, reject) => reject(signal.reason));
    };
    const error = await failure(vms.boot({ name: 'web', kernel: bench.kernel }, { signal: caller.signal }));
    expect(error).toMatchObject({ code: 'ABORTED', name: 'AbortError', cause: caller.signal.reason });
    expect(await bench.files()).toEqual([]);
    expect((await failure(vms.get('web'))).code).toBe('NOT_FOUND');
  });

  it('ends a machine that comes up after the boot was given up', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const gate = deferred<void>();
    bench.driver.beforeBoot = () => gate.promise;
    const error = failure(vms.boot({ name: 'web', kernel: bench.kernel }, { timeoutMs: 10 }));
    setTimeout(() => gate.resolve(), 40);
    expect((await error).code).toBe('TIMEOUT');
    expect(bench.driver.machines[0]?.calls).toContain('kill');
  });

  it('refuses a name that differs from another in case only', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    await bench.boot(vms, 'web');
    const error = await failure(vms.boot({ name: 'WEB', kernel: bench.kernel }));
    expect(error.code).toBe('ALREADY_EXISTS');
    expect(error.message).toContain("'web'");
  });

  it('keeps VMs of the same name in different namespaces apart', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    await bench.boot(vms, 'web');
    const other = await vms.boot({ name: 'web', namespace: 'test', kernel: bench.kernel });
    await other.kill();
    expect((await vms.get('web')).state.status).toBe('running');
    expect((await failure(vms.get('web', { namespace: 'test' }))).code).toBe('NOT_FOUND');
  });
});

describe('operations of one VM', () => {
  it('run in the order in which they were asked for', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    const gate = deferred<void>();
    machine.beforePause = gate.promise;
    const all = Promise.all([vm.pause(), vm.resume(), vm.pause()]);
    gate.resolve();
    await all;
    expect(machine.calls).toEqual(['pause', 'resume', 'pause']);
    expect(vm.state).toEqual({ status: 'paused' });
  });

  it('are refused in states in which they make no sense', async () => {
    await using bench = await Bench.create();
    const { vm } = await bench.boot(await bench.open());
    expect(await failure(vm.resume())).toMatchObject({
      code: 'INVALID_STATE',
      details: { state: 'running', operation: 'resume' },
    });
    await vm.pause();
    expect(await failure(vm.pause())).toMatchObject({ code: 'INVALID_STATE', details: { state: 'paused' } });
    await vm.stop();
    for (const work of [() => vm.pause(), () => vm.resume(), () => vm.snapshot('/nowhere')]) {
      expect(await failure(work())).toMatchObject({ code: 'INVALID_STATE', details: { state: 'stopped' } });
    }
  });

  it('leave as HYPERVISOR errors with their cause when the driver throws something else', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    const cause = new Error('monitor closed');
    machine.beforePause = Promise.reject(cause);
    expect(await failure(vm.pause())).toMatchObject({ code: 'HYPERVISOR', cause, vm: 'web' });
    expect(vm.state.status).toBe('running');
  });
});

describe('stop and kill', () => {
  it('give every caller of a running stop the same result, and later ones the recorded end', async () => {
    await using bench = await Bench.create();
    const { vm } = await bench.boot(await bench.open());
    const [first, second] = await Promise.all([vm.stop(), vm.stop()]);
    expect(first).toMatchObject({ how: 'guest', rungs: [{ rung: 'power-button', outcome: 'worked' }] });
    expect(second).toEqual(first);
    expect(await vm.stop()).toMatchObject({ how: 'guest', rungs: [] });
    expect(await vm.kill()).toMatchObject({ how: 'guest', rungs: [] });
  });

  it('kill goes ahead of a stop that waits, and both tell the rung that worked', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    machine.onPowerButton = async () => undefined;
    const stopping = vm.stop({ graceMs: 60_000 });
    await vm.waitFor('stopping');
    expect((await vm.kill()).how).toBe('sigkill');
    expect(await stopping).toMatchObject({
      how: 'sigkill',
      rungs: [
        { rung: 'power-button', outcome: 'skipped' },
        { rung: 'sigkill', outcome: 'worked' },
      ],
    });
  });

  it('kill does not wait for an operation that hangs, which then fails', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    machine.beforePause = new Promise(() => undefined);
    const pausing = failure(vm.pause());
    await new Promise(setImmediate);
    expect((await vm.kill()).how).toBe('sigkill');
    expect(vm.state.status).toBe('stopped');
    void pausing;
  });

  it('a slow stop of one VM delays nothing of another', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const slow = await bench.boot(vms, 'slow');
    const quick = await bench.boot(vms, 'quick');
    slow.machine.onPowerButton = async () => undefined;
    const stopping = slow.vm.stop({ graceMs: 60_000 });
    await quick.vm.pause();
    await quick.vm.resume();
    await quick.vm.stop();
    await vms.list();
    expect(slow.vm.state.status).toBe('stopping');
    await slow.vm.kill();
    await stopping;
  });

  it('asks a guest again that was still booting when it was asked first', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    let asked = 0;
    machine.onPowerButton = async () => {
      asked += 1;
      if (asked === 1) await machine.print('VMRS_READY 10.0.0.5\n');
      else machine.powerOff();
    };
    expect((await vm.stop({ graceMs: 30_000 })).how).toBe('guest');
    expect(asked).toBe(2);
  });

  it('a paused guest is resumed before it is asked, so that it can react', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    await vm.pause();
    expect((await vm.stop()).how).toBe('guest');
    expect(machine.calls).toEqual(['pause', 'resume', 'requestStop', 'detach']);
  });

  it('say STOP_FAILED with every rung when the VM is still there, and the VM can be stopped later', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    machine.onPowerButton = async () => undefined;
    machine.beforeKill = new Promise(() => undefined);
    const error = await failure(vm.stop({ graceMs: 5, sigkillMs: 5 }));
    expect(error).toMatchObject({
      code: 'STOP_FAILED',
      details: {
        rungs: [
          { outcome: 'timed-out' },
          { rung: 'terminate', outcome: 'unsupported' },
          { rung: 'sigterm', outcome: 'unsupported' },
          { outcome: 'timed-out' },
        ],
      },
    });
    expect(vm.state.status).toBe('running');
    machine.onPowerButton = async () => machine.powerOff();
    expect((await vm.stop()).how).toBe('guest');
  });

  it('during a boot give the boot up', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    bench.driver.beforeBoot = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const booting = failure(vms.boot({ name: 'web', kernel: bench.kernel }));
    const vm = await eventually(() => vms.get('web'));
    await eventually(async () =>
      bench.files().then((files) => (files.includes('ledger.jsonl') ? true : Promise.reject(new Error('not yet')))),
    );
    expect((await vm.stop()).how).toBe('terminated');
    expect((await booting).code).toBe('ABORTED');
    expect(await bench.files()).toEqual([]);
  });
});

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
});

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

describe('a manager', () => {
  it('lets go of living VMs when it is closed, and of the names', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const { vm, machine } = await bench.boot(vms);
    await vms.close();
    await vms.close();
    expect(machine.calls).toEqual(['detach']);
    for (const work of [() => vm.pause(), () => vm.stop(), () => vm.kill()])
      expect((await failure(work())).code).toBe('INVALID_STATE');
    await vm[Symbol.asyncDispose]();
    await expect(vms.boot({ name: 'x', kernel: bench.kernel })).rejects.toThrow(TypeError);
  });

  it('sets a damaged record aside and goes on with the other VMs', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open({ keep: 'always' });
    await (await bench.boot(vms, 'a')).vm.stop();
    await (await bench.boot(vms, 'b')).vm.stop();
    await writeFile(join(bench.root, 's', 'default', 'a', 'record.json'), '{ half a rec');
    const list = await vms.list();
    expect(list.find(({ name }) => name === 'a')).toMatchObject({
      state: { status: 'failed' },
      problem: expect.stringContaining('damaged'),
    });
    expect(list.find(({ name }) => name === 'b')).toMatchObject({ state: { status: 'stopped' } });
    expect(await bench.files()).toContain('record.json.corrupt-1');
    await (await bench.boot(vms, 'a')).vm.kill();
  });

  it('tells the events of all its VMs, the present state of each first', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    await bench.boot(vms, 'a');
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of vms.events())
        if (event.type === 'state') seen.push(`${event.vm.name} ${event.state.status}`);
    })();
    const { vm } = await bench.boot(vms, 'b');
    await vm.kill();
    await vms.close();
    await watching;
    expect(seen).toEqual(['a running', 'b starting', 'b running', 'b stopping', 'b stopped']);
  });
});

describe('snapshots', () => {
  it('are complete or not there, never overwrite, and come up paused and ready with their address', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const { vm, machine } = await bench.boot(vms);
    await machine.print('VMRS_READY 10.0.0.5\n');
    await vm.ready();
    const directory = join(bench.root, 'snap');
    expect((await failure(vm.snapshot(directory))).code).toBe('INVALID_STATE');
    await vm.pause();
    await vm.snapshot(directory);
    expect(vm.state.status).toBe('paused');
    expect((await failure(vm.snapshot(directory))).code).toBe('SNAPSHOT_FAILED');
    const copy = await vms.restore(directory, { name: 'copy' });
    expect(copy.state).toEqual({ status: 'paused' });
    await copy.resume();
    expect(copy.state).toEqual({ status: 'ready', ip: '10.0.0.5' });
  });

  it('are refused before anything is started when a disk was written to since', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const rootDisk = join(bench.root, 'disk.img');
    await writeFile(rootDisk, Buffer.alloc(1024));
    const vm = await vms.boot({ name: 'web', kernel: bench.kernel, rootDisk });
    await vm.pause();
    const directory = join(bench.root, 'snap');
    await vm.snapshot(directory);
    await vm.kill();
    await writeFile(rootDisk, Buffer.alloc(2048));
    const error = await failure(vms.restore(directory));
    expect(error).toMatchObject({ code: 'SNAPSHOT_FAILED', details: { problems: [{ path: rootDisk }] } });
    expect(bench.driver.machines.length).toBe(1);
    expect((await failure(vms.restore(join(bench.root, 'nothing')))).code).toBe('SNAPSHOT_FAILED');
  });
});

/** Tries until it does not fail: for what another promise is about to bring about. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch {
      await new Promise(setImmediate);
    }
  }
}
