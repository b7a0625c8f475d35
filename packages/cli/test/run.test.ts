import { beforeAll, describe, expect, it } from 'vitest';
import type { VmView } from '../src/index.ts';
import { Consumer, READY } from './consumer.ts';

let app: Consumer;

beforeAll(async () => {
  app = await Consumer.create();
  return () => app[Symbol.asyncDispose]();
});

const vms = async (): Promise<readonly VmView[]> => (await app.json<{ vms: readonly VmView[] }>('ls')).vms;

describe('vmrs run in a pipe', () => {
  it('writes plain lines to stderr and the console to stdout, and stops the VM on SIGINT', async () => {
    const run = app.start('run', '--kernel', await app.guest(), '--name', 'web');
    await run.said(/web is ready at/);
    expect(await vms()).toMatchObject([{ name: 'web', state: 'ready', ownerPid: run.process.pid }]);
    run.signal('SIGINT');
    const { code, stdout, stderr } = await run.ended;
    expect([code, stdout]).toEqual([
      0,
      'stand-in guest: booting\nVMRS_READY 10.0.2.15\nstand-in guest: powering off\n',
    ]);
    const lines = stderr
      .trim()
      .replace(/\d+\.\d s/, 'N s')
      .split('\n');
    expect(lines).toEqual([
      'looking for a driver',
      'driver: fake',
      'booting web',
      'waiting until web is ready',
      'web is ready at 10.0.2.15 after N s; Ctrl-C stops it, twice kills it',
      'stopping web: Ctrl-C again kills it',
      'web has stopped: the guest powered off',
    ]);
    expect(await vms()).toEqual([]);
  });

  it('stops it on SIGTERM, too', async () => {
    const run = app.start('run', '--kernel', await app.guest(), '--name', 'web');
    await run.said(/web is ready at/);
    run.signal('SIGTERM');
    expect((await run.ended).code).toBe(0);
  });

  it('kills a guest that does not power off at the second signal', async () => {
    const stubborn = await app.guest([{ do: 'power-button', is: 'ignored' }, ...READY]);
    const run = app.start('run', '--kernel', stubborn, '--name', 'web', '--grace', '10m');
    await run.said(/web is ready at/);
    run.signal('SIGINT');
    await run.said(/stopping web/);
    run.signal('SIGINT');
    const { code, stderr } = await run.ended;
    expect([code, stderr]).toEqual([31, expect.stringMatching(/killing web\nweb has stopped: it was killed/)]);
    expect(await vms()).toEqual([]);
  });

  it('is stopped by another program, and tells how', async () => {
    const run = app.start('run', '--kernel', await app.guest(), '--name', 'web', '--json');
    await run.said(/"state":"ready"/);
    await app.run('stop', 'web');
    const { code, stdout, stderr } = await run.ended;
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { name: 'web', state: 'ready', ip: '10.0.2.15' },
      { name: 'web', state: 'stopped', exit: { how: 'guest' } },
    ]);
  });

  it.each([
    [32, [{ do: 'panic' }], /the guest kernel panicked/],
    [33, [{ do: 'crash', signal: 'SIGSEGV' }], /SIGSEGV/],
    [0, [{ do: 'power-off' }], /the guest powered off/],
  ] as const)('ends with %d when the VM ends so', async (code, end, words) => {
    const kernel = await app.guest([...READY, { do: 'wait', ms: 300 }, ...end]);
    const ended = await app.run('run', '--kernel', kernel, '--name', 'web', '--rm');
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(words)]);
    expect(await vms()).toEqual([]);
  });

  it('keeps what a failed one leaves, without --rm', async () => {
    const kernel = await app.guest([...READY, { do: 'wait', ms: 300 }, { do: 'panic' }]);
    expect((await app.run('run', '--kernel', kernel, '--name', 'web')).code).toBe(32);
    expect(await vms()).toMatchObject([{ name: 'web', state: 'failed', exit: { how: 'panicked' } }]);
    await app.run('rm', 'web');
  });

  it('stops one that does not become ready in time, and says what it said last', async () => {
    const mute = await app.guest([{ do: 'print', text: 'nothing to say\n' }]);
    const detached = await app.run('run', '--kernel', mute, '--name', 'web', '--timeout', '500ms', '--detach');
    expect([detached.code, detached.stderr]).toEqual([
      14,
      expect.stringMatching(/error TIMEOUT[\s\S]*\| nothing to say[\s\S]*--timeout/),
    ]);
    const shown = await app.run('run', '--kernel', mute, '--name', 'web', '--timeout', '500ms');
    expect([shown.code, shown.stdout]).toEqual([14, 'nothing to say\nstand-in guest: powering off\n']);
    expect(shown.stderr).not.toContain('| nothing to say');
    expect(await vms()).toEqual([]);
  });

  it('waits for no readiness when told so', async () => {
    const mute = await app.guest([{ do: 'print', text: 'nothing to say\n' }]);
    const view = await app.json<VmView>('run', '--kernel', mute, '--name', 'web', '--no-wait', '--detach');
    expect(view.state).toBe('running');
    await app.run('kill', 'web');
  });

  it('undoes a boot that is interrupted', async () => {
    const slow = await app.guest(READY, { startDelayMs: 60_000 });
    const run = app.start('run', '--kernel', slow, '--name', 'web');
    await run.said(/booting web/);
    run.signal('SIGINT');
    const { code, stderr } = await run.ended;
    expect([code, stderr]).toEqual([130, expect.stringContaining('given up; nothing was left behind')]);
    expect(await vms()).toEqual([]);
  });

  it('stops the VM when the reader of its console goes', async () => {
    const chatty = await app.guest([...READY, { do: 'wait', ms: 500 }, { do: 'print', text: 'more\n' }]);
    const run = app.start('run', '--kernel', chatty, '--name', 'web');
    await run.said(/web is ready at/);
    run.process.stdout?.destroy();
    await run.ended;
    expect(await vms()).toEqual([]);
  });

  it('lives no longer than its program when it is attached', async () => {
    const run = app.start('run', '--kernel', await app.guest(), '--name', 'web', '--lifetime', 'attached', '--rm');
    await run.said(/web is ready at/);
    run.signal('SIGKILL');
    await run.ended;
    await app.run('wait', 'web');
    expect((await app.run('ls', '--running')).stdout).toBe('');
    await app.run('rm', 'web');
  });

  it('leaves it running when its program is killed, for another one to stop', async () => {
    const run = app.start('run', '--kernel', await app.guest(), '--name', 'web');
    await run.said(/web is ready at/);
    run.signal('SIGKILL');
    await run.ended;
    expect(await vms()).toMatchObject([{ state: 'ready', ownerPid: null }]);
    expect((await app.run('stop', 'web')).code).toBe(0);
  });
});

describe('vmrs ls -w in a pipe', () => {
  it('writes a line of JSON at each change', async () => {
    const watching = app.start('ls', '-w', '--json');
    await watching.said(/"vms":\[\]/);
    await app.json('run', '--kernel', await app.guest(), '--name', 'web', '--detach');
    await watching.said(/"name":"web".*"state":"ready"/);
    await app.run('stop', 'web');
    await watching.said(/"state":"ready"[\s\S]*"vms":\[\]/);
    watching.signal('SIGINT');
    expect((await watching.ended).code).toBe(0);
  });
});
