import { beforeAll, describe, expect, it } from 'vitest';
import type { VmView } from '../src/index.ts';
import { Consumer, PROGRAM, READY } from './consumer.ts';
import { lacking } from './on-path.ts';
import { Terminal } from './terminal.ts';

const missing = lacking('tmux');

let app: Consumer;

beforeAll(async () => {
  app = await Consumer.create();
  return () => app[Symbol.asyncDispose]();
});

const vmrs = (...args: readonly string[]): readonly string[] => [...PROGRAM, ...args];
const vms = async (): Promise<readonly VmView[]> => (await app.json<{ vms: readonly VmView[] }>('ls')).vms;

describe.skipIf(missing !== '')(`in a real terminal${missing}`, { timeout: 60_000 }, () => {
  it('run shows its progress in one living line, then the console, and Ctrl-C stops the VM', async () => {
    const slow = await app.guest([{ do: 'wait', ms: 5000 }, ...READY]);
    await using terminal = await Terminal.start(app, vmrs('run', '--kernel', slow, '--name', 'web'));
    await terminal.shows(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] waiting until web is ready [1-4]\.\d s$/m);
    expect((await terminal.screen()).split('\n')).toHaveLength(1);
    await terminal.shows(/^✔ web is ready at 10\.0\.2\.15 after \d\.\d s; Ctrl-C stops it/m);
    await terminal.shows(/^VMRS_READY 10\.0\.2\.15$/m);
    await terminal.type('C-c');
    expect(await terminal.exitCode()).toBe(0);
    await terminal.shows(/^✔ web has stopped: the guest powered off$/m);
    expect(await terminal.screen()).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  });

  it('a second Ctrl-C kills a guest that does not power off', async () => {
    const stubborn = await app.guest([{ do: 'power-button', is: 'ignored' }, ...READY]);
    await using terminal = await Terminal.start(
      app,
      vmrs('run', '--kernel', stubborn, '--name', 'web', '--grace', '10m'),
    );
    await terminal.shows(/web is ready at/);
    await terminal.type('C-c');
    await terminal.shows(/stopping web: Ctrl-C again kills it/);
    await terminal.type('C-c');
    expect(await terminal.exitCode()).toBe(31);
    await terminal.shows(/web has stopped: it was killed/);
    expect(await vms()).toEqual([]);
  });

  it('a guest cannot steer the terminal', async () => {
    const hostile = await app.guest([
      ...READY,
      { do: 'print', text: '\u001b[2J\u001b]0;owned\u0007\u001b[31mred\u001b[0m\u0007 words\n' },
    ]);
    await using terminal = await Terminal.start(app, vmrs('run', '--kernel', hostile, '--name', 'web'));
    await terminal.shows(/^red words$/m);
    expect(await terminal.screen()).toMatch(/web is ready[\s\S]*red words|red words[\s\S]*web is ready/);
    await terminal.type('C-c');
    expect(await terminal.exitCode()).toBe(0);
  });

  it('ls -w redraws its table at each change', async () => {
    await using terminal = await Terminal.start(app, vmrs('ls', '-w'));
    await terminal.shows(/no VMs/);
    await app.json('run', '--kernel', await app.guest(), '--name', 'web', '--detach');
    await terminal.shows(/^default +web +ready \(10\.0\.2\.15\) +fake/m);
    await app.run('pause', 'web');
    await terminal.shows(/^default +web +paused/m);
    expect((await terminal.screen()).match(/NAMESPACE/g)).toHaveLength(1);
    await app.run('kill', 'web');
    await terminal.shows(/^no VMs/);
    await terminal.type('C-c');
    expect(await terminal.exitCode()).toBe(0);
  });

  it('logs -f follows until the VM has ended', async () => {
    const later = await app.guest([...READY, { do: 'wait', ms: 3000 }, { do: 'print', text: 'later\n' }]);
    await app.json('run', '--kernel', later, '--name', 'web', '--detach');
    await using terminal = await Terminal.start(app, vmrs('logs', '-f', 'web'));
    await terminal.shows(/^VMRS_READY[\s\S]*^later$/m);
    await app.run('stop', 'web');
    expect(await terminal.exitCode()).toBe(0);
  });

  it('console says that it takes no input, and is left by Ctrl-] while the VM runs on', async () => {
    await app.json('run', '--kernel', await app.guest(), '--name', 'web', '--detach');
    await using terminal = await Terminal.start(app, vmrs('console', 'web'));
    await terminal.shows(/takes no input\. Ctrl-\] leaves it[\s\S]*VMRS_READY/);
    await terminal.type('nothing');
    await terminal.type('C-]');
    expect(await terminal.exitCode()).toBe(0);
    await terminal.shows(/left the console; web runs on/);
    expect(await vms()).toMatchObject([{ state: 'ready', ownerPid: null }]);
    await app.run('kill', 'web');
  });

  it('shows colours, and none with NO_COLOR or --no-color', async () => {
    const screenOf = async (env: Record<string, string>, ...args: readonly string[]): Promise<string> => {
      await using terminal = await Terminal.start(app, vmrs('doctor', ...args), env);
      // tmux may know that a program has ended before it has read all of its output.
      await terminal.shows(/VMs can be booted here/);
      return await terminal.screen(true);
    };
    expect(await screenOf({})).toContain('\u001b[32m✔');
    expect(await screenOf({ NO_COLOR: '1' })).not.toContain('\u001b[32m');
    expect(await screenOf({}, '--no-color')).not.toContain('\u001b[32m');
  });
});
