import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES } from '../src/control/protocol.ts';
import { type Controller, endTold, exitOfProcess, HostUnderTest } from './support/host-under-test.ts';

let host: HostUnderTest;

beforeEach(async () => {
  host = await HostUnderTest.prepare();
});

afterEach(() => host[Symbol.asyncDispose]());

/** A host whose machine runs `steps`. */
async function running(...steps: readonly string[]) {
  const child = host.start();
  const exited = exitOfProcess(child);
  const controller = await host.connect();
  await controller.call('create', { spec: await host.spec(steps) });
  await controller.call('start', {});
  return { child, exited, controller };
}

const gone = (path: string): Promise<void> => expect(access(path)).rejects.toThrow('ENOENT');

describe('a host process', () => {
  it('makes, starts, pauses, resumes and stops a machine, and ends with it', async () => {
    const child = host.start();
    const exited = exitOfProcess(child);
    const controller = await host.connect();
    expect(controller.hello).toEqual({ hello: 'vmrs-applevz-host', protocol: 1, pid: child.pid, started: false });
    const { machineId } = await controller.call('create', { spec: await host.spec(['serial hello\\n']) });
    expect(machineId).not.toBeNull();
    expect(await controller.call('state', {})).toEqual({ state: 'stopped' });
    await controller.call('start', {});
    expect(await controller.call('state', {})).toEqual({ state: 'running' });
    await controller.call('pause', {});
    expect(await controller.call('state', {})).toEqual({ state: 'paused' });
    await controller.call('resume', {});
    await controller.call('stop', {});
    expect(await exited).toEqual({ code: 0, signal: null });
    await controller.closed;
    expect(controller.events).toEqual([
      { event: 'paused' },
      { event: 'resumed' },
      { event: 'ended', how: { by: 'told' } },
    ]);
    expect(host.stderr).toContain('the machine was stopped, as a controller has said');
    await gone(host.socket);
  });

  it('tells how it ends when the guest powers itself off, with the whole console in the log', async () => {
    const { exited, controller } = await running('serial bye\\n', 'poweroff-after 20');
    expect(await exited).toEqual({ code: 0, signal: null });
    expect(endTold(controller)).toEqual({ by: 'guest' });
    expect(await host.console()).toBe('bye\n');
  });

  it('tells the framework’s words when that ends the machine', async () => {
    const { exited, controller } = await running('crash-after 5');
    expect(await exited).toEqual({ code: 1, signal: null });
    const failure = { domain: 'VZErrorDomain', code: 1, message: 'The virtual machine stopped unexpectedly.' };
    expect(endTold(controller)).toMatchObject({ by: 'failure', failure });
    expect(host.stderr).toContain('The virtual machine stopped unexpectedly. (VZErrorDomain 1)');
  });

  it('ends a machine whose kernel has panicked, after its last words', async () => {
    const { exited, controller } = await running(
      'serial Kernel panic - not syncing: no init\\nregisters\\n',
      'serial ---[ end Kernel panic - not syncing: no init ]---\\n',
    );
    expect(await exited).toEqual({ code: 3, signal: null });
    expect(controller.events).toEqual([
      { event: 'panicked', detail: 'no init' },
      { event: 'ended', how: { by: 'panic', detail: 'no init' } },
    ]);
    expect(await host.console()).toMatch(/registers\n---\[ end .*\]---\n$/);
    expect(host.stderr).toContain("the guest's kernel has panicked: no init");
  });

  it('calls it a panic when the guest powers itself off after one', async () => {
    const { exited, controller } = await running('serial Kernel panic - not syncing: x\\n', 'poweroff-after 1');
    expect(await exited).toEqual({ code: 3, signal: null });
    expect(endTold(controller)).toEqual({ by: 'panic', detail: 'x' });
  });

  it('stops its machine on SIGTERM, and leaves alone what a terminal says', async () => {
    const { child, exited, controller } = await running('ignore-stop');
    child.kill('SIGINT');
    child.kill('SIGHUP');
    expect(await controller.call('state', {})).toEqual({ state: 'running' });
    child.kill('SIGTERM');
    expect(await exited).toEqual({ code: 143, signal: null });
    expect(endTold(controller)).toEqual({ by: 'told' });
  });

  it('lets go of a machine that does not stop', async () => {
    const { child, exited, controller } = await running('fail-stop');
    await expect(controller.call('stop', {})).rejects.toThrow('cannot stop');
    expect(await controller.call('state', {})).toEqual({ state: 'running' });
    child.kill('SIGTERM');
    expect(await exited).toEqual({ code: 143, signal: null });
    expect(host.stderr).toContain('the machine did not stop, and is let go of: cannot stop');
  });

  it('says what is wrong with itself, and ends its machine', async () => {
    const { exited, controller } = await running('throw-after 1');
    expect(await exited).toEqual({ code: 1, signal: null });
    const failure = { domain: 'host', message: 'a fault of the host: thrown by a test' };
    expect(endTold(controller)).toMatchObject({ by: 'failure', failure });
    expect(host.stderr).toMatch(/thrown by a test\n.*at /);
  });

  it('reports a network that lost its other end, and goes on', async () => {
    const { controller } = await running('disconnect-after 1');
    while (controller.events.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(controller.events).toMatchObject([{ event: 'network-disconnected', index: 0, failure: { code: 7 } }]);
    expect(await controller.call('state', {})).toEqual({ state: 'running' });
  });

  it('passes refusals on, and serves another attempt', async () => {
    host.start();
    const controller = await host.connect();
    await expect(controller.call('start', {})).rejects.toThrow('no machine was made yet');
    await expect(controller.call('create', { spec: await host.spec([], { cpus: 99 }) })).rejects.toThrow(
      'Invalid virtual machine configuration. (VZErrorDomain 2)',
    );
    await controller.call('create', { spec: await host.spec(['fail-start']) });
    await expect(controller.call('create', { spec: await host.spec([]) })).rejects.toThrow('made its machine already');
    await expect(controller.call('start', {})).rejects.toThrow('failed to start');
    await expect(controller.call('listen-vsock', { port: 1 })).rejects.toThrow('has no vsock device');
  });
});

describe('controllers of a host', () => {
  it('are several, and all are told', async () => {
    const { exited, controller } = await running();
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
    const { exited, controller } = await running();
    controller.close();
    await controller.closed;
    const next: Controller = await host.connect();
    expect(next.hello.started).toBe(true);
    expect(await next.call('state', {})).toEqual({ state: 'running' });
    await next.call('stop', {});
    expect(await exited).toEqual({ code: 0, signal: null });
  });

  it('leave nothing behind when they go before that', async () => {
    const exited = exitOfProcess(host.start());
    const controller = await host.connect();
    await controller.call('create', { spec: await host.spec([]) });
    controller.close();
    expect(await exited).toEqual({ code: 0, signal: null });
    expect(host.stderr).toContain('the controller has gone before the machine was started');
    await gone(host.socket);
  });

  it('may go while it starts', async () => {
    const exited = exitOfProcess(host.start());
    const controller = await host.connect();
    await controller.call('create', { spec: await host.spec([]) });
    const starting = controller.call('start', {});
    setImmediate(() => controller.close());
    await starting.catch(() => undefined);
    const next = await host.connect();
    await next.call('stop', {});
    expect((await exited).code).toBe(0);
  });

  it.each([
    ['that is not JSON', 'hello\n', 'a line is not JSON'],
    ['of an unknown operation', '{"id":1,"op":"format","args":{}}\n', "there is no operation 'format'"],
    ['that is too long', 'x'.repeat(MAX_LINE_BYTES + 1), `a line is longer than ${MAX_LINE_BYTES} bytes`],
  ])('are hung up on for a line %s, with the reason, and nobody else is', async (_, line, reason) => {
    const { controller } = await running();
    const socket = createConnection(host.socket);
    socket.write(line);
    const [hello, refusal] = (await text(socket)).trim().split('\n');
    expect(JSON.parse(hello ?? '')).toMatchObject({ hello: 'vmrs-applevz-host' });
    expect(JSON.parse(refusal ?? '')).toEqual({ refused: expect.stringContaining(reason) });
    expect(await controller.call('state', {})).toEqual({ state: 'running' });
  });

  it('that stop in the middle of a line, or never read, hold nobody up', async () => {
    const { exited, controller } = await running();
    const half = createConnection(host.socket);
    half.write('{"id":1,"op":"st');
    const deaf = createConnection(host.socket);
    await Promise.all([once(half, 'connect'), once(deaf, 'connect')]);
    await controller.call('stop', {});
    expect(await exited).toEqual({ code: 0, signal: null });
    half.destroy();
    deaf.destroy();
  });
});

describe('the socket of a host', () => {
  it('is taken over from one that was killed', async () => {
    const first = await running();
    first.child.kill('SIGKILL');
    await first.exited;
    await first.controller.closed;
    await access(host.socket);
    const second = await running('poweroff-after 1');
    expect(await second.exited).toEqual({ code: 0, signal: null });
  });

  it('is not taken from one that lives', async () => {
    const first = await running();
    expect(await exitOfProcess(host.start())).toEqual({ code: 1, signal: null });
    expect(host.stderr).toContain('EADDRINUSE');
    expect(await first.controller.call('state', {})).toEqual({ state: 'running' });
  });
});

describe('the host program', () => {
  it('says how it is called', async () => {
    expect(await exitOfProcess(host.start(['--socket', host.socket]))).toEqual({ code: 2, signal: null });
    expect(host.stderr).toContain('--socket and --vsock are both needed; usage:');
  });

  it('prints what its executable may do', async () => {
    const child = host.start(['--facts']);
    const [out, exit] = await Promise.all([text(child.stdout), exitOfProcess(child)]);
    expect(exit).toEqual({ code: 0, signal: null });
    expect(JSON.parse(out)).toMatchObject({ facts: { supported: true } });
  });
});
