import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES } from '../src/control/protocol.ts';
import { openDouble } from './support/double.ts';
import { exitOfProcess, HostUnderTest } from './support/host-under-test.ts';

const { path: addon, missing } = await openDouble();

let host: HostUnderTest;

beforeEach(async () => {
  host = await HostUnderTest.prepare(addon);
});

afterEach(() => host[Symbol.asyncDispose]());

describe.skipIf(missing !== null)(`controllers of a host${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  it('are several, and all are told', async () => {
    const { exited, controller } = await host.running();
    const second = await host.connect();
    expect(second.hello.started).toBe(true);
    await second.call('pause', {});
    await controller.call('stop', {});
    await exited;
    const told = [{ event: 'paused' }, { event: 'ended', how: { by: 'told' } }];
    await Promise.all([controller.closed, second.closed]);
    expect([controller.events, second.events]).toEqual([told, told]);
  });

  it('may all go from a machine that was started', async () => {
    const { exited, controller } = await host.running();
    controller.close();
    await controller.closed;
    const next = await host.connect();
    expect(next.hello.started).toBe(true);
    expect(await next.call('state', {})).toEqual({ state: 'running' });
    await next.call('stop', {});
    expect(await exited).toEqual({ code: 0, signal: null });
  });

  it('leave nothing behind when they go before that', async () => {
    const { exited, controller } = await host.connected();
    await controller.call('create', { spec: await host.folder.spec() });
    controller.close();
    expect(await exited).toEqual({ code: 0, signal: null });
    expect(host.stderr).toContain('the controller has gone before the machine was started');
    await expect(access(host.folder.socket)).rejects.toThrow('ENOENT');
  });

  it('may go while it starts', async () => {
    const { exited, controller } = await host.connected({ settings: { faults: { slow: { start: 50 } } } });
    await controller.call('create', { spec: await host.folder.spec() });
    const starting = controller.call('start', {});
    setImmediate(() => controller.close());
    await expect(starting).rejects.toThrow('closed here');
    await host.folder.written('VMRS_READY');
    const next = await host.connect();
    expect(next.hello.started).toBe(true);
    await next.call('stop', {});
    expect((await exited).code).toBe(0);
  });

  it('that go while it fails to start leave nothing behind', async () => {
    const faults = { slow: { start: 50 }, fails: { start: 'No memory.' } };
    const { exited, controller } = await host.connected({ settings: { faults } });
    await controller.call('create', { spec: await host.folder.spec() });
    const starting = controller.call('start', {});
    setImmediate(() => controller.close());
    await expect(starting).rejects.toThrow('closed here');
    expect(await exited).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['that is not JSON', 'hello\n', 'a line is not JSON'],
    ['of an unknown operation', '{"id":1,"op":"format","args":{}}\n', "there is no operation 'format'"],
    ['that is too long', 'x'.repeat(MAX_LINE_BYTES + 1), `a line is longer than ${MAX_LINE_BYTES} bytes`],
    ['of a number in use', '{"id":1,"op":"pause","args":{}}\n'.repeat(2), 'request 1 is not answered yet'],
  ])('are hung up on for a line %s, with the reason, and nobody else is', async (_, line, reason) => {
    const { controller } = await host.running([], { settings: { faults: { slow: { pause: 50 } } } });
    const socket = createConnection(host.folder.socket);
    socket.write(line);
    const [hello, refusal] = (await text(socket)).trim().split('\n');
    expect(JSON.parse(hello ?? '')).toMatchObject({ hello: 'vmrs-applevz-host' });
    expect(JSON.parse(refusal ?? '')).toEqual({ refused: expect.stringContaining(reason) });
    expect(await controller.call('state', {})).toHaveProperty('state');
  });

  it('that stop in the middle of a line, or never read, hold nobody up', async () => {
    const { exited, controller } = await host.running();
    const half = createConnection(host.folder.socket);
    half.write('{"id":1,"op":"st');
    const deaf = createConnection(host.folder.socket);
    await Promise.all([once(half, 'connect'), once(deaf, 'connect')]);
    await controller.call('stop', {});
    expect(await exited).toEqual({ code: 0, signal: null });
    half.destroy();
    deaf.destroy();
  });
});

describe.skipIf(missing !== null)('the socket of a host', () => {
  it('is taken over from one that was killed, whose controllers notice', async () => {
    const first = await host.running();
    first.child.kill('SIGKILL');
    await first.exited;
    await first.controller.closed;
    await access(host.folder.socket);
    const second = await host.running(['power-off']);
    expect(await second.exited).toEqual({ code: 0, signal: null });
  });

  it('is not taken from one that lives', async () => {
    const first = await host.running();
    expect(await exitOfProcess(host.start())).toEqual({ code: 1, signal: null });
    expect(host.stderr).toContain('EADDRINUSE');
    expect(await first.controller.call('state', {})).toEqual({ state: 'running' });
  });
});
