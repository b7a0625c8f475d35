import { getEventListeners } from 'node:events';
import { text } from 'node:stream/consumers';
import { loadAddon } from '@vmrs/applevz-addon';
import { type FakeSettings, fakeAddonEnvironment, fakeCounters } from '@vmrs/applevz-fake';
import { connectHybridVsock } from '@vmrs/driver-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HostEvent } from '../src/control/protocol.ts';
import { InProcessHost } from '../src/host/in-process-host.ts';
import { openDouble } from './support/double.ts';
import { VmFolder } from './support/vm-folder.ts';

const { path, missing } = await openDouble();

let folder: VmFolder;
let events: HostEvent[];
let notes: string[];
let hosts: InProcessHost[];

beforeEach(async () => {
  folder = await VmFolder.make();
  events = [];
  notes = [];
  hosts = [];
});

afterEach(async () => {
  await Promise.all(hosts.map((host) => host.kill()));
  vi.unstubAllEnvs();
  await folder[Symbol.asyncDispose]();
  if (missing === null) expect(fakeCounters(loadAddon({ path }))).toMatchObject({ alive: 0, offQueue: 0 });
});

function open(settings: FakeSettings = {}): InProcessHost {
  for (const [name, value] of Object.entries(fakeAddonEnvironment({ arch: 'arm64', ...settings }))) {
    vi.stubEnv(name, value);
  }
  const host = new InProcessHost({
    addon: loadAddon({ path }),
    vm: 'web',
    vsockSocket: folder.vsock,
    onEvent: (event) => events.push(event),
    note: (line) => notes.push(line),
  });
  hosts.push(host);
  return host;
}

describe.skipIf(missing !== null)(`InProcessHost${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  it('does what a host process does', async () => {
    const host = open();
    expect(host.hello).toEqual({ hello: 'vmrs-applevz-host', protocol: 1, pid: process.pid, started: false });
    await host.call('create', { spec: await folder.spec([], { vsock: true }) });
    await host.call('start', {});
    expect(host.hello.started).toBe(true);
    await folder.written('VMRS_READY');
    const stream = await connectHybridVsock(folder.vsock, 7, 'test');
    stream.end('hello');
    expect(await text(stream)).toBe('hello');
    await host.call('pause', {});
    expect(await host.call('state', {})).toEqual({ state: 'paused' });
    await host.call('resume', {});
    await host.call('stop', {});
    await host.closed;
    expect(events).toEqual([{ event: 'paused' }, { event: 'resumed' }, { event: 'ended', how: { by: 'told' } }]);
    expect(notes).toEqual(['the machine was stopped, as a controller has said']);
    expect(await host.call('state', {})).toEqual({ state: 'stopped' });
    await expect(host.call('pause', {})).rejects.toThrow('the machine has ended');
  });

  it('makes errors of failures as a link to a process does', async () => {
    const host = open();
    await expect(host.call('create', { spec: await folder.spec([], { cpus: 99 }) })).rejects.toMatchObject({
      code: 'HYPERVISOR',
      vm: 'web',
      details: { operation: 'create', native: expect.stringContaining('(VZErrorDomain 2)') },
    });
  });

  it('lets calls be given up', async () => {
    const host = open();
    const abort = new AbortController();
    const call = host.call('create', { spec: await folder.spec() }, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    await expect(host.call('state', {}, { signal: abort.signal })).rejects.toThrow('enough');
  });

  it.each([0, 1, 2, 3, 4])(
    'can be killed %i turns after it began to make its machine, and more than once',
    async (turns) => {
      const host = open();
      const creating = host.call('create', { spec: await folder.spec([], { vsock: true }) });
      const made = creating.catch(() => undefined); // It may come too late.
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await Promise.all([host.kill(), host.kill()]);
      expect(fakeCounters(loadAddon({ path }))).toMatchObject({ alive: 0 });
      await Promise.all([host.closed, made]);
      expect(events).toEqual([{ event: 'ended', how: { by: 'told' } }]);
      await expect(host.call('start', {})).rejects.toThrow('the machine has ended');
    },
  );

  it('hears nothing after it was closed, and keeps only what was started', async () => {
    const started = open();
    await started.call('create', { spec: await folder.spec(['poweroff-after-ready']) });
    await started.call('start', {});
    started.close();
    await started.closed;
    const idle = open();
    await idle.call('create', { spec: await folder.spec() });
    idle.close();
    await idle.closed;
    expect(events).toEqual([]);
  });

  it('stops after a panic, with the words in the log', async () => {
    const host = open();
    await host.call('create', { spec: await folder.spec(['panic']) });
    await host.call('start', {});
    await host.closed;
    const detail = 'sysrq triggered crash';
    expect(events).toEqual([
      { event: 'panicked', detail },
      { event: 'ended', how: { by: 'panic', detail } },
    ]);
    expect(await folder.console()).toContain(detail);
  });
});
