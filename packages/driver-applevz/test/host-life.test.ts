import { access, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { readCounterLog } from '@vmrs/applevz-fake';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLOOD_BYTES } from './fixtures/flood-bytes.ts';
import { openDouble } from './support/double.ts';
import { endTold, exitOfProcess, type HostChild, HostUnderTest, told } from './support/host-under-test.ts';

const { path: addon, missing } = await openDouble();
const fixture = createRequire(import.meta.url).resolve;

let host: HostUnderTest;

beforeEach(async () => {
  host = await HostUnderTest.prepare(addon);
});

afterEach(() => host[Symbol.asyncDispose]());

/** The most memory that a process has had. */
async function peakBytes({ pid }: HostChild): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}

describe.skipIf(missing !== null)(`a host process${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  it('makes, starts, pauses, resumes and stops a machine, and ends with it', async () => {
    const { child, exited, controller } = await host.connected();
    expect(controller.hello).toEqual({ hello: 'vmrs-applevz-host', protocol: 1, pid: child.pid, started: false });
    const { machineId } = await controller.call('create', { spec: await host.folder.spec() });
    expect(machineId).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(await controller.call('state', {})).toEqual({ state: 'stopped' });
    await controller.call('start', {});
    expect(await controller.call('state', {})).toEqual({ state: 'running' });
    await host.folder.written('VMRS_READY');
    await controller.call('pause', {});
    expect(await controller.call('state', {})).toEqual({ state: 'paused' });
    await controller.call('resume', {});
    await controller.call('set-memory-target', { bytes: 2 ** 27 });
    await controller.call('stop', {});
    expect(await exited).toEqual({ code: 0, signal: null });
    await controller.closed;
    expect(controller.events).toEqual([
      { event: 'paused' },
      { event: 'resumed' },
      { event: 'ended', how: { by: 'told' } },
    ]);
    expect(host.stderr).toBe('vmrs-applevz-host: the machine was stopped, as a controller has said\n');
    await expect(access(host.folder.socket)).rejects.toThrow('ENOENT');
    expect((await stat(host.folder.serialLog)).mode & 0o777).toBe(0o600);
    const counted = await readCounterLog(host.folder.counterLog);
    expect(counted).toMatchObject([{ pid: child.pid, made: 1, alive: 0, offQueue: 0 }]);
  });

  it('saves a machine, and continues it in another host, which is started then', async () => {
    const path = join(host.folder.path, 'state');
    const first = await host.connected();
    const { machineId } = await first.controller.call('create', { spec: await host.folder.spec() });
    await first.controller.call('start', {});
    await host.folder.written('VMRS_READY');
    await first.controller.call('check-save', {});
    await first.controller.call('pause', {});
    await first.controller.call('save', { path });
    await first.controller.call('stop', {});
    await first.exited;
    const second = await host.connected();
    await second.controller.call('create', { spec: await host.folder.spec([], { machineId }) });
    await second.controller.call('restore', { path });
    expect(await second.controller.call('state', {})).toEqual({ state: 'paused' });
    expect((await host.connect()).hello.started).toBe(true);
    await second.controller.call('resume', {});
    await second.controller.call('stop', {});
    expect(await second.exited).toEqual({ code: 0, signal: null });
  });

  it('passes on why a state cannot be continued, with what to do', async () => {
    const path = join(host.folder.path, 'state');
    const first = await host.running();
    await first.controller.call('pause', {});
    await first.controller.call('save', { path });
    await first.controller.call('stop', {});
    await first.exited;
    const second = await host.connected();
    await second.controller.call('create', { spec: await host.folder.spec() });
    await expect(second.controller.call('restore', { path })).rejects.toMatchObject({
      message: expect.stringMatching(/\(VZErrorDomain 12\).*; a state can be restored only on the Mac that saved it/),
      details: { operation: 'restore' },
    });
    second.controller.close();
    expect(await second.exited).toEqual({ code: 0, signal: null });
  });

  it('tells how it ends when the guest powers itself off, with the whole console in the log', async () => {
    const { exited, controller } = await host.running(['power-off']);
    expect(await exited).toEqual({ code: 0, signal: null });
    expect(endTold(controller)).toEqual({ by: 'guest' });
    expect(await host.folder.console()).toMatch(/\r\nenough\r\n$/);
  });

  it('presses the power button', async () => {
    const { exited, controller } = await host.running();
    await controller.call('request-stop', {});
    expect(await exited).toEqual({ code: 0, signal: null });
    expect(endTold(controller)).toEqual({ by: 'guest' });
  });

  it('tells the framework’s words when that ends the machine', async () => {
    const { exited, controller } = await host.running([], { settings: { faults: { crashAfterMs: 5 } } });
    expect(await exited).toEqual({ code: 1, signal: null });
    const failure = { domain: 'VZErrorDomain', code: 1 };
    expect(endTold(controller)).toMatchObject({ by: 'failure', failure });
    expect(host.stderr).toMatch(/the machine has failed: .*stopped unexpectedly\. \(VZErrorDomain 1\)/);
  });

  it('ends a machine whose kernel has panicked, with its last words in the log', async () => {
    const { exited, controller } = await host.running(['panic']);
    expect(await exited).toEqual({ code: 3, signal: null });
    const detail = 'sysrq triggered crash';
    expect(controller.events).toEqual([
      { event: 'panicked', detail },
      { event: 'ended', how: { by: 'panic', detail } },
    ]);
    expect(await host.folder.console()).toMatch(/Kernel panic - not syncing: sysrq triggered crash\r\n$/);
    expect(host.stderr).toContain(`the guest's kernel has panicked: ${detail}`);
  });

  it('calls it a panic when a controller stops it in the meantime', async () => {
    const { exited, controller } = await host.running(['panic']);
    await told(controller, 'panicked');
    await controller.call('stop', {});
    expect(await exited).toEqual({ code: 3, signal: null });
  });

  it('stops its machine on SIGTERM, and leaves alone what a terminal says', async () => {
    const settings = { faults: { slow: { stop: 50 } } };
    const { child, exited, controller } = await host.running(['ignore-power-button'], { settings });
    child.kill('SIGINT');
    child.kill('SIGHUP');
    expect(await controller.call('state', {})).toEqual({ state: 'running' });
    const stopping = controller.call('stop', {});
    child.kill('SIGTERM');
    child.kill('SIGTERM');
    expect(await exited).toEqual({ code: 143, signal: null });
    await stopping;
    expect(endTold(controller)).toEqual({ by: 'told' });
    expect(host.stderr).not.toContain('did not stop');
  });

  it('ends on SIGTERM before it has made a machine', async () => {
    const { child, exited, controller } = await host.connected();
    child.kill('SIGTERM');
    expect(await exited).toEqual({ code: 143, signal: null });
    expect(endTold(controller)).toEqual({ by: 'told' });
  });

  it('lets go of a machine that does not stop', async () => {
    const settings = { faults: { fails: { stop: 'Not now.' } } };
    const { child, exited, controller } = await host.running([], { settings });
    await expect(controller.call('stop', {})).rejects.toThrow('Not now.');
    expect(await controller.call('state', {})).toEqual({ state: 'running' });
    child.kill('SIGTERM');
    expect(await exited).toEqual({ code: 143, signal: null });
    expect(host.stderr).toMatch(/the machine did not stop, and is let go of: .*/);
  });

  it('takes a machine that ends just as it is stopped for stopped', async () => {
    const { exited, controller } = await host.running([], { settings: { faults: { stopRaces: true } } });
    await controller.call('stop', {});
    expect(await exited).toEqual({ code: 0, signal: null });
  });

  it('says what is wrong with itself, and ends its machine', async () => {
    const { exited, controller } = await host.running([], { addon: fixture('./fixtures/throwing-addon.ts') });
    expect(await exited).toEqual({ code: 1, signal: null });
    const failure = { domain: 'host', message: 'a fault of the host: thrown by a test' };
    expect(endTold(controller)).toMatchObject({ by: 'failure', failure });
    expect(host.stderr).toMatch(/thrown by a test\n.*at /);
  });

  it('reports a network that lost its other end, and goes on', async () => {
    const settings = { faults: { disconnectNetworkAfterMs: 5 } };
    const { child, controller } = await host.connected({ settings });
    const networks = [{ kind: 'nat', mac: '02:00:00:00:00:01' }] as const;
    await controller.call('create', { spec: await host.folder.spec([], { networks }) });
    await controller.call('start', {});
    await told(controller, 'network-disconnected');
    expect(controller.events).toMatchObject([{ event: 'network-disconnected', index: 0, failure: { code: 7 } }]);
    expect(await controller.call('state', {})).toEqual({ state: 'running' });
    expect(child.exitCode).toBeNull();
  });

  it('passes refusals on, and serves another attempt', async () => {
    const { controller } = await host.connected({ settings: { faults: { fails: { start: 'No memory.' } } } });
    await expect(controller.call('start', {})).rejects.toThrow('no machine was made yet');
    await expect(controller.call('create', { spec: await host.folder.spec([], { cpus: 99 }) })).rejects.toThrow(
      /refused 'create' for 'web': .* \(VZErrorDomain 2\)/,
    );
    await controller.call('create', { spec: await host.folder.spec() });
    await expect(controller.call('create', { spec: await host.folder.spec() })).rejects.toThrow('made its machine');
    await expect(controller.call('start', {})).rejects.toThrow('No memory. (VZErrorDomain 1)');
    await expect(controller.call('listen-vsock', { port: 1 })).rejects.toThrow('has no vsock device');
  });

  it('ends when it is told to before it has made a machine, and answers before', async () => {
    const { exited, controller } = await host.connected();
    expect(await controller.call('stop', {})).toEqual({});
    expect(await exited).toEqual({ code: 0, signal: null });
    expect(endTold(controller)).toEqual({ by: 'told' });
  });

  it('does one thing after another', async () => {
    const { controller } = await host.running([], { settings: { faults: { slow: { pause: 50 } } } });
    await Promise.all([controller.call('pause', {}), controller.call('resume', {})]);
    expect(controller.events).toEqual([{ event: 'paused' }, { event: 'resumed' }]);
  });

  it('tells its state while it does something, ends all the same, and answers before', async () => {
    const settings = { faults: { neverCompletes: ['pause'] } } as const;
    const { child, exited, controller } = await host.running([], { settings });
    const pausing = controller.call('pause', {});
    const resuming = controller.call('resume', {});
    const both = Promise.all([
      expect(pausing).rejects.toThrow("refused 'pause'"),
      expect(resuming).rejects.toThrow('the machine has ended'),
    ]);
    while ((await controller.call('state', {})).state !== 'pausing');
    child.kill('SIGTERM');
    expect(await exited).toEqual({ code: 143, signal: null });
    await both;
    expect(endTold(controller)).toEqual({ by: 'told' });
  });

  it('holds little of a console that is flooded, and loses nothing of it', async () => {
    const { child, exited, controller } = await host.connected({ addon: fixture('./fixtures/flooding-addon.ts') });
    const before = await peakBytes(child);
    await controller.call('create', { spec: await host.folder.spec() });
    while ((await sizeOf(host.folder.serialLog)) < FLOOD_BYTES) await new Promise((resolve) => setImmediate(resolve));
    expect((await peakBytes(child)) - before).toBeLessThan(FLOOD_BYTES / 2);
    await controller.call('stop', {});
    await exited;
  });

  it('writes what is still in the console’s pipe when it ends', async () => {
    const { exited, controller } = await host.running([], { addon: fixture('./fixtures/flooding-addon.ts') });
    await controller.call('stop', {});
    await exited;
    expect(await sizeOf(host.folder.serialLog)).toBeGreaterThanOrEqual(FLOOD_BYTES);
  });
});

describe.skipIf(missing !== null)('the host program', () => {
  it('says how it is called', async () => {
    expect(await exitOfProcess(host.run(['--socket', host.folder.socket]))).toEqual({ code: 2, signal: null });
    expect(host.stderr).toContain('--socket and --vsock are both needed; usage:');
  });

  it('prints what its executable may do', async () => {
    const child = host.run(['--facts', '--addon', addon], { entitlements: [] });
    const [out, exit] = await Promise.all([text(child.stdout), exitOfProcess(child)]);
    expect(exit).toEqual({ code: 0, signal: null });
    expect(JSON.parse(out)).toMatchObject({ facts: { supported: true, entitled: false } });
  });

  it('prints why it has no addon', async () => {
    const child = host.run(['--facts', '--addon', '/nowhere/applevz.node']);
    const [out, exit] = await Promise.all([text(child.stdout), exitOfProcess(child)]);
    expect(exit).toEqual({ code: 1, signal: null });
    const finding = { path: '/nowhere/applevz.node', problem: 'there is no such file' };
    expect(JSON.parse(out)).toEqual({ findings: [finding] });
    expect(await exitOfProcess(host.start({ addon: '/nowhere/applevz.node' }))).toEqual({ code: 1, signal: null });
    expect(host.stderr).toContain('/nowhere/applevz.node: there is no such file');
  });
});
