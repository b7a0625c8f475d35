import { getEventListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@vmrs/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedHost } from '../../test/support/scripted-host.ts';
import { connectHost, type HostContext } from './host-client.ts';
import { type Hello, type HostEvent, type HostLink, MAX_LINE_BYTES } from './protocol.ts';

const HELLO: Hello = { hello: 'vmrs-applevz-host', protocol: 1, pid: 42, started: true };

let folder: string;
let path: string;
let events: HostEvent[];
let links: HostLink[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-client-'));
  path = join(folder, 'host.sock');
  events = [];
  links = [];
});

afterEach(async () => {
  for (const link of links) link.close();
  await rm(folder, { recursive: true, force: true });
});

const line = (message: object): string => `${JSON.stringify(message)}\n`;

async function connect(context: Partial<HostContext> = {}): Promise<HostLink> {
  const whole = { vm: 'web', signal: new AbortController().signal, clock: systemClock, ...context };
  const link = await connectHost(path, whole, (event) => events.push(event));
  links.push(link);
  return link;
}

const hypervisorError = (words: string): object => ({ code: 'HYPERVISOR', message: expect.stringContaining(words) });

describe('connectHost', () => {
  it('waits for a host that is being started, and leaves nothing on the signal', async () => {
    const abort = new AbortController();
    const connecting = connect({ signal: abort.signal });
    await using _ = await ScriptedHost.listen(path, line(HELLO));
    expect((await connecting).hello).toEqual(HELLO);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it('does not wait for a host that should be there', async () => {
    await expect(connect({ established: true })).rejects.toMatchObject(hypervisorError("host process of 'web' cannot"));
  });

  it('gives up with its signal while it waits for the hello, and keeps no connection', async () => {
    await using host = await ScriptedHost.listen(path, null);
    const abort = new AbortController();
    const connecting = connect({ signal: abort.signal });
    while (host.sockets.size === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error('enough'));
    await expect(connecting).rejects.toThrow('enough');
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    await Promise.all([...host.sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  });

  it('gives up a host that says no hello', async () => {
    await using _ = await ScriptedHost.listen(path, null);
    const clock = { ...systemClock, sleep: () => Promise.resolve() };
    await expect(connect({ clock })).rejects.toMatchObject(hypervisorError('did not say hello in time'));
  });

  it.each([
    [
      'another version',
      line({ ...HELLO, protocol: 7, more: 1 }),
      'speaks version 7 of the protocol, this driver speaks 1',
    ],
    ['something else', 'SSH-2.0-OpenSSH\r\n', 'makes no sense: a line is not JSON'],
    ['another program', line({ hello: 'qemu', protocol: 1 }), 'makes no sense: hello'],
    ['an unknown member', line({ ...HELLO, x: 1 }), 'makes no sense: x'],
    ['too much', 'x'.repeat(MAX_LINE_BYTES + 1), 'makes no sense: a line is longer'],
  ])('refuses a host that speaks %s', async (_, first, words) => {
    await using __ = await ScriptedHost.listen(path, first);
    await expect(connect()).rejects.toMatchObject(hypervisorError(words));
  });

  it('tells events in order, from before it resolves', async () => {
    await using host = await ScriptedHost.listen(path, line(HELLO) + line({ event: 'paused' }));
    const link = await connect();
    host.say(line({ event: 'resumed' }) + line({ event: 'ended', how: { by: 'guest' } }));
    await using _ = host;
    for (const socket of host.sockets) socket.end();
    await link.closed;
    expect(events.map(({ event }) => event)).toEqual(['paused', 'resumed', 'ended']);
  });
});

describe('a HostLink', () => {
  it('gives each call its own answer, in whatever order they come', async () => {
    const held: string[] = [];
    await using _ = await ScriptedHost.listen(path, line(HELLO), ({ id, op }, socket) => {
      held.unshift(line({ id, ok: op === 'state' ? { state: 'unknown 12' } : {} }));
      if (held.length === 2) socket.write(held.join(''));
    });
    const link = await connect();
    const answers = await Promise.all([link.call('state', {}), link.call('pause', {})]);
    expect(answers).toEqual([{ state: 'unknown 12' }, {}]);
  });

  it('makes the framework’s words an error, with what to do', async () => {
    const failed = { domain: 'VZErrorDomain', code: 6, message: 'Too many.', reason: null, underlying: null };
    await using _ = await ScriptedHost.listen(path, line(HELLO), ({ id }, socket) =>
      socket.write(line({ id, failed })),
    );
    await expect((await connect()).call('start', {})).rejects.toMatchObject({
      code: 'HYPERVISOR',
      vm: 'web',
      message: expect.stringContaining(
        "refused 'start' for 'web': Too many. (VZErrorDomain 6); macOS runs no more VMs",
      ),
      details: { operation: 'start', native: 'Too many. (VZErrorDomain 6)' },
    });
  });

  it('lets a call be given up, and knows its late answer', async () => {
    await using host = await ScriptedHost.listen(path, line(HELLO));
    const link = await connect();
    const abort = new AbortController();
    const call = link.call('save', { path: '/s' }, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    while (host.heard.length === 0) await new Promise((resolve) => setImmediate(resolve));
    host.say(line({ id: 1, ok: {} }) + line({ event: 'paused' }));
    while (events.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await expect(link.call('save', { path: '/s' }, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow(
      'no',
    );
  });

  it('rejects what is under way, and what comes after, when the host goes', async () => {
    await using _ = await ScriptedHost.listen(path, line(HELLO), (_request, socket) => socket.destroy());
    const link = await connect();
    const words = "the host process of 'web' did not answer 'start'";
    await expect(link.call('start', {})).rejects.toMatchObject(hypervisorError(words));
    await link.closed;
    await expect(link.call('pause', {})).rejects.toMatchObject({ details: { operation: 'pause' } });
  });

  it.each([
    ['an answer of another form', { id: 1, ok: { state: 'on fire' } }, 'makes no sense: state'],
    ['an answer to nothing', { id: 9, ok: {} }, 'an answer to 9, which was not asked'],
    ['an unknown event', { event: 'levitated' }, 'makes no sense'],
    ['a refusal', { refused: 'there is no operation' }, 'refused what this driver said: there is no operation'],
  ])('hangs up on %s', async (_, message, words) => {
    await using __ = await ScriptedHost.listen(path, line(HELLO), (_request, socket) => socket.write(line(message)));
    const link = await connect();
    await expect(link.call('state', {})).rejects.toMatchObject(hypervisorError(words));
    await link.closed;
  });

  it('can be closed here, which is said', async () => {
    await using _ = await ScriptedHost.listen(path, line(HELLO));
    const link = await connect();
    const call = link.call('state', {});
    link.close();
    await expect(call).rejects.toMatchObject(hypervisorError('it was closed here'));
  });
});
