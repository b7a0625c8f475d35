import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostEvent } from '../src/control/protocol.ts';
import { InProcessHost } from '../src/host/in-process-host.ts';
import * as addon from './fixtures/memory-addon.ts';
import { HostUnderTest } from './support/host-under-test.ts';

let folder: HostUnderTest;
let events: HostEvent[];
let notes: string[];
let hosts: InProcessHost[];

beforeEach(async () => {
  folder = await HostUnderTest.prepare();
  events = [];
  notes = [];
  hosts = [];
});

afterEach(async () => {
  await Promise.all(hosts.map((host) => host.kill()));
  await folder[Symbol.asyncDispose]();
});

function open(): InProcessHost {
  const host = new InProcessHost({
    addon: addon as never,
    vm: 'web',
    vsockSocket: folder.vsock,
    onEvent: (event) => events.push(event),
    note: (line) => notes.push(line),
  });
  hosts.push(host);
  return host;
}

describe('InProcessHost', () => {
  it('does what a host process does', async () => {
    const host = open();
    expect(host.hello).toEqual({ hello: 'vmrs-applevz-host', protocol: 1, pid: process.pid, started: false });
    await host.call('create', { spec: await folder.spec(['serial hello\\n']) });
    await host.call('start', {});
    expect(host.hello.started).toBe(true);
    while ((await folder.console()) === '') await new Promise((resolve) => setImmediate(resolve));
    await host.call('pause', {});
    expect(await host.call('state', {})).toEqual({ state: 'paused' });
    await host.call('resume', {});
    await host.call('stop', {});
    await host.closed;
    expect(events).toEqual([{ event: 'paused' }, { event: 'resumed' }, { event: 'ended', how: { by: 'told' } }]);
    expect(await folder.console()).toBe('hello\n');
    expect(await host.call('state', {})).toEqual({ state: 'stopped' });
    await expect(host.call('pause', {})).rejects.toThrow('the machine has ended');
  });

  it('makes errors of failures as a link to a process does', async () => {
    const host = open();
    await expect(host.call('create', { spec: await folder.spec([], { cpus: 99 }) })).rejects.toMatchObject({
      code: 'HYPERVISOR',
      vm: 'web',
      details: { operation: 'create', native: 'Invalid virtual machine configuration. (VZErrorDomain 2)' },
    });
  });

  it('lets calls be given up', async () => {
    const host = open();
    const abort = new AbortController();
    const call = host.call('create', { spec: await folder.spec([]) }, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    await expect(host.call('state', {}, { signal: abort.signal })).rejects.toThrow('enough');
  });

  it('can be killed at any time, more than once', async () => {
    const host = open();
    const creating = host.call('create', { spec: await folder.spec([]) });
    await Promise.all([host.kill(), host.kill(), creating]);
    await host.closed;
    await expect(host.call('start', {})).rejects.toThrow('the machine has ended');
    await expect(host.call('create', { spec: await folder.spec([]) })).rejects.toThrow('made its machine already');
    expect(events).toEqual([{ event: 'ended', how: { by: 'told' } }]);
  });

  it('hears nothing after it was closed, and keeps only what was started', async () => {
    const started = open();
    await started.call('create', { spec: await folder.spec(['poweroff-after 1']) });
    await started.call('start', {});
    started.close();
    await started.closed;
    const idle = open();
    await idle.call('create', { spec: await folder.spec([]) });
    idle.close();
    await idle.closed;
    expect(events).toEqual([]);
    await expect(idle.call('start', {})).rejects.toThrow('the machine has ended');
  });

  it('stops after a panic, with the words in the log', async () => {
    const host = open();
    await host.call('create', { spec: await folder.spec(['serial Kernel panic - not syncing: no init\\n']) });
    await host.call('start', {});
    await host.closed;
    expect(events).toEqual([
      { event: 'panicked', detail: 'no init' },
      { event: 'ended', how: { by: 'panic', detail: 'no init' } },
    ]);
  });
});
