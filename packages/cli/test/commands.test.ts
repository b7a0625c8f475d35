import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../src/errors/exit-codes.ts';
import type { DoctorView, DriversView, InspectView, PlanView, ValidateView, VmView } from '../src/index.ts';
import { Consumer, READY } from './consumer.ts';

/** What the guest has said when it is ready, and when it was stopped. */
const BOOTED = 'stand-in guest: booting\nVMRS_READY 10.0.2.15\n';
const POWERED_OFF = 'stand-in guest: powering off\n';

let app: Consumer;
let kernel: string;

beforeAll(async () => {
  app = await Consumer.create();
  kernel = await app.guest();
  return () => app[Symbol.asyncDispose]();
});

const vmsOf = async (): Promise<readonly VmView[]> => (await app.json<{ vms: readonly VmView[] }>('ls')).vms;

describe('the life of a VM, command by command', () => {
  afterEach(() => app.endAll());

  it('goes from a detached run over looks, pauses and snapshots to a stop', async () => {
    const up = await app.json<VmView>('run', '--kernel', kernel, '--name', 'web', '--detach');
    expect(up).toMatchObject({ name: 'web', namespace: 'default', state: 'ready', ip: '10.0.2.15', ownerPid: null });
    expect(await vmsOf()).toEqual([up]);

    const logs = await app.run('logs', 'web');
    expect(logs).toEqual({ code: 0, stdout: BOOTED, stderr: '' });
    expect((await app.run('logs', 'web', '--tail', '1')).stdout).toBe('VMRS_READY 10.0.2.15\n');
    expect((await app.run('logs', 'web', '--all')).stdout).toMatch(/^console \| stand-in guest: booting$/m);

    expect(await app.run('pause', 'web')).toMatchObject({ code: 0, stdout: 'web is paused\n' });
    expect((await app.run('pause', 'web')).code).toBe(7);
    expect(await vmsOf()).toMatchObject([{ state: 'paused' }]);
    expect(await app.run('wait', 'web', '--for', 'paused')).toMatchObject({ code: 0 });
    expect(await app.run('resume', 'web')).toMatchObject({ code: 0, stdout: 'web goes on\n' });
    expect(await app.run('wait', 'web', '--for', 'ready')).toMatchObject({ stdout: 'web is ready at 10.0.2.15\n' });

    expect((await app.run('snapshot', 'web', 'saved')).code).toBe(0);
    expect(await vmsOf()).toMatchObject([{ state: 'ready' }]);
    expect(await app.json<VmView>('restore', 'saved', '--name', 'copy')).toMatchObject({
      name: 'copy',
      state: 'paused',
    });
    expect(await vmsOf()).toMatchObject([{ name: 'copy' }, { name: 'web' }]);

    const stopped = await app.json<{ results: readonly object[] }>('stop', 'web');
    expect(stopped.results).toMatchObject([{ name: 'web', how: 'guest', problems: [] }]);
    expect(await app.run('kill', 'copy', '--keep', 'always')).toMatchObject({ code: 0 });
    expect(await vmsOf()).toMatchObject([{ name: 'copy', state: 'stopped' }]);
    expect((await app.run('wait', 'copy')).code).toBe(31);
    expect(await app.run('rm', 'copy')).toMatchObject({ code: 0, stdout: 'removed copy\n' });
    expect(await app.run('ls')).toMatchObject({ code: 0, stdout: '' });
  });

  it('is the same in a namespace', async () => {
    await app.json('run', '--kernel', kernel, '--name', 'web', '--detach', '-n', 'blue');
    expect((await app.run('inspect', 'web')).code).toBe(5);
    expect(await app.json<InspectView>('inspect', 'web', '-n', 'blue')).toMatchObject({
      namespace: 'blue',
      config: { name: 'web' },
    });
    expect((await app.json<{ vms: readonly object[] }>('ls', '-n', 'red')).vms).toEqual([]);
    expect((await app.run('-n', 'blue', 'kill', 'web')).code).toBe(0);
  });

  it('stops as many as are named, and tells of each that cannot be', async () => {
    await app.json('run', '--kernel', kernel, '--name', 'a', '--detach');
    const { code, stdout, stderr } = await app.run('stop', 'a', 'b');
    expect(code).toBe(5);
    expect(stdout).toContain('a has stopped (guest)');
    expect(stderr).toContain("error NOT_FOUND: VM 'b' not found");
  });

  it('is followed by logs -f from another program, over the end of whoever holds it', async () => {
    await app.json('run', '--kernel', kernel, '--name', 'web', '--detach');
    const holder = app.start('logs', '-f', 'web');
    await holder.said(/VMRS_READY/);
    const second = app.start('logs', '-f', 'web');
    await second.said(/VMRS_READY/);
    holder.signal('SIGINT');
    expect((await holder.ended).code).toBe(0);
    expect(await app.run('stop', 'web')).toMatchObject({ code: 0 });
    expect(await second.ended).toMatchObject({ code: 0, stdout: `${BOOTED}${POWERED_OFF}` });
  });

  it('is waited for, and the exit code tells how it ended', async () => {
    await app.json('run', '--kernel', kernel, '--name', 'web', '--detach');
    expect(await app.run('wait', 'web', '--timeout', '1ms')).toMatchObject({ code: 14 });
    const waiting = app.start('wait', 'web');
    await expect.poll(vmsOf, { timeout: 20_000 }).toMatchObject([{ ownerPid: waiting.process.pid }]);
    await app.run('kill', 'web');
    expect(await waiting.ended).toMatchObject({ code: 31, stdout: 'web has stopped: it was killed\n' });
  });

  it('is kept when it failed, with its logs', async () => {
    const panics = await app.guest([...READY, { do: 'wait', ms: 300 }, { do: 'panic' }]);
    await app.run('run', '--kernel', panics, '--name', 'web');
    expect(await app.run('logs', '-f', 'web')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Kernel panic'),
    });
    expect((await app.run('console', 'web')).stderr).toContain('web has failed: the guest kernel panicked');
    expect((await app.run('wait', 'web')).code).toBe(32);
  });
});

describe('looking before anything is booted', () => {
  it('doctor and drivers tell of every driver, and which one boots VMs', async () => {
    const report = await app.json<DoctorView>('doctor');
    expect(report).toMatchObject({ ok: true, from: app.folder, stateDir: join(app.folder, 's') });
    expect(report.drivers).toMatchObject([
      { id: 'fake', package: 'driver-fake', contract: '1.0', usable: true, chosen: true },
    ]);
    expect(report.checks.every(({ ok }) => ok)).toBe(true);
    const { drivers } = await app.json<DriversView>('drivers');
    expect(drivers).toEqual(report.drivers);
    expect((await app.run('drivers', 'fake')).stdout).toMatch(/^nat +no +NAT networking/m);
    expect((await app.run('drivers', 'nix')).code).toBe(2);
  });

  it('plan says what a run would do, hides secrets, and makes nothing', async () => {
    const words = [
      'plan',
      '--kernel',
      kernel,
      '--name',
      'planned',
      '--cmdline',
      'token=hunter2',
      '--driver-option',
      'label=hunter2',
    ];
    const plan = await app.json<PlanView>(...words);
    expect(plan).toMatchObject({ driver: 'fake', lifetime: 'detached', present: null, config: { memoryMb: 512 } });
    expect(plan.config.kernel).toBe(join(app.folder, kernel));
    expect(plan.makes).toContainEqual({
      what: 'folder of the record',
      where: join(app.folder, 's', 'default', 'planned'),
    });
    expect(JSON.stringify(plan)).not.toContain('hunter2');
    expect((await app.run(...words)).stdout).not.toContain('hunter2');
    expect((await app.run(...words, '--show-secrets')).stdout.match(/hunter2/g)).toHaveLength(2);
    await expect(stat(join(app.folder, 's', 'default', 'planned'))).rejects.toThrow('ENOENT');
  });

  it('inspect hides them, too', async () => {
    await app.json('run', '--kernel', kernel, '--name', 'web', '--cmdline', 'token=hunter2', '--detach');
    expect((await app.run('inspect', 'web')).stdout).not.toContain('hunter2');
    expect((await app.run('inspect', 'web', '--json')).stdout).not.toContain('hunter2');
    expect((await app.run('inspect', 'web', '--show-secrets')).stdout).toContain('hunter2');
    await app.run('kill', 'web');
  });

  it('gc says what it would release', async () => {
    expect(await app.json('gc', '--dry-run')).toEqual({ dryRun: true, released: [], kept: [], failed: [] });
    expect((await app.run('gc')).stdout).toBe('0 released, 0 kept, 0 failed\n');
  });
});

describe('the file of a VM', () => {
  it('is run from where it lies, with flags over it', async () => {
    await app.write(
      'vmrs.yaml',
      `name: filed\nkernel: ./${kernel}\ncpus: 2\nkeep: never\ndriverOptions:\n  label: a\n`,
    );
    const plan = await app.json<PlanView>(
      'plan',
      '--cpus',
      '3',
      '--driver-option',
      'control.answerMs=900',
      '--show-secrets',
    );
    expect(plan.config).toMatchObject({
      name: 'filed',
      cpus: 3,
      driverOptions: { label: 'a', control: { answerMs: 900 } },
    });
    expect(await app.run('validate')).toMatchObject({
      code: 0,
      stdout: `${join(app.folder, 'vmrs.yaml')}: valid (for driver 'fake')\n`,
    });
    expect(await app.json<VmView>('run', '--detach')).toMatchObject({ name: 'filed', state: 'ready' });
    await app.run('kill', 'filed');
  });

  it('is refused with every problem and its place', async () => {
    await app.write(
      'bad.yaml',
      'name: web\ncpus: 0\nkernle: x\nnetworks:\n  - type: tap\n    mac: nonsense\nkeep: sometimes\n',
    );
    const { code, stdout } = await app.run('validate', 'bad.yaml', '--json');
    expect(code).toBe(3);
    const view = JSON.parse(stdout) as ValidateView;
    expect(view.valid).toBe(false);
    expect(Object.fromEntries(view.problems.map(({ path, at }) => [path, at]))).toMatchObject({
      cpus: '2:7',
      kernle: '3:9',
      'networks[0].mac': '6:10',
      'networks[0].name': '5:5',
      keep: '7:7',
      kernel: null,
    });
    const told = await app.run('validate', 'bad.yaml');
    expect(told.stderr).toContain(`bad.yaml:3:9: kernle: unknown field\n    fix: did you mean 'kernel'?`);
    expect((await app.run('run', '-f', 'bad.yaml')).code).toBe(3);
  });

  it.each([
    ['missing.yaml', null, 'cannot be read'],
    ['broken.yaml', 'name: [', 'neither YAML nor JSON'],
    ['list.json', '[1]', 'must hold the fields of one VM'],
  ])('is refused when it is none: %s', async (name, text, words) => {
    if (text !== null) await app.write(name, text);
    const { code, stderr } = await app.run('validate', name);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});

describe('wrong command lines', () => {
  it.each([
    [['rnu'], "unknown command 'rnu'"],
    [['stop'], "missing required argument 'vm'"],
    [['run', '--memory', 'lots'], 'MiB'],
    [['run', '--net', 'carrier-pigeon'], "'nat', 'tap'"],
    [['run', '--kernel', 'x', '--rm', '--detach'], 'no place beside --detach'],
    [['run', '--kernel', 'x', '--lifetime', 'attached', '-d'], 'would end at once'],
    [['run', '--keep', 'sometimes'], 'Allowed choices'],
    [['run', 'vmrs.yaml'], 'a file is given with -f'],
    [['run', '--guest', '--kernel', 'x'], 'give one of'],
    [['run', '--guest', '--env', 'NOT_THERE'], 'is not in the environment'],
    [['ls', '--from', 'nowhere'], '--from'],
    [['wait', 'web', '--timeout', 'soon'], "'30s'"],
  ])('end with 2 and say what is wrong: %j', async (args, words) => {
    const { code, stdout, stderr } = await app.run(...args);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(words)]);
    expect(stderr).toMatch(/^error USAGE: /);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('show what there is when there is nothing', async () => {
    expect(await app.run()).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: vmrs') });
    expect(await app.run('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit codes:') });
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, '..', 'package.json'), 'utf8'));
    expect(await app.run('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe('errors', () => {
  it('are JSON under --json, with the exit code', async () => {
    const { code, stdout, stderr } = await app.run('inspect', 'nix', '--json');
    expect([code, stdout]).toEqual([5, '']);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'NOT_FOUND', exitCode: 5, vm: 'nix', fixes: ['vmrs ls'] },
    });
  });

  it('show a stack to who asks for one only', async () => {
    app.env['VMRS_DEBUG'] = '1';
    expect((await app.run('inspect', 'nix')).stderr).toMatch(/^ +at /m);
    delete app.env['VMRS_DEBUG'];
    expect((await app.run('inspect', 'nix')).stderr).not.toMatch(/^ +at /m);
  });

  it('have codes of their own', () => {
    expect(new Set(EXIT_CODES.map(({ code }) => code)).size).toBe(EXIT_CODES.length);
  });
});

describe('without a driver that can be used', () => {
  it('doctor says which, why, and what to do; VMs can still be looked at and ended', async () => {
    await using other = await Consumer.empty();
    const none = await other.run('doctor');
    expect([none.code, none.stdout]).toEqual([17, expect.stringContaining('npm install @vmrs/driver-qemu')]);
    expect(await other.run('run', '--kernel', 'x')).toMatchObject({
      code: 17,
      stderr: expect.stringContaining('vmrs doctor'),
    });

    const code =
      "export const createDriver = () => ({ id: 'kvm', contract: { major: 1, minor: 0 }, capabilities: {}, probe: async () => ({ usable: false, problems: [{ path: '', message: 'no /dev/kvm', fix: 'join the group kvm' }], facts: {} }), validate: async () => [], boot: async () => {}, adopt: async () => {} });";
    await other.install('kvm', '@vmrs/testkit/fake-driver', { code });
    const unusable = await other.run('doctor');
    expect([unusable.code, unusable.stdout]).toEqual([
      17,
      expect.stringMatching(/driver kvm: no \/dev\/kvm\n +fix: join the group kvm/),
    ]);
    const refused = await other.run('run', '--kernel', 'x');
    expect((await other.run('run', '--kernel', 'x', '--driver', 'nix')).stderr).toMatch(
      /no driver can serve here: 'nix' was asked for/,
    );
    expect(refused.stderr).toMatch(/- kvm: no \/dev\/kvm\n +fix: join the group kvm/);
    expect(await other.run('validate', '--kernel', 'x', '--name', 'web')).toMatchObject({ code: 3 });
    expect(await other.run('ls')).toMatchObject({ code: 0 });
  });
});
