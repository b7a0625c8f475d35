import { describe, expect, it } from 'vitest';
import { hostView, privateView } from './config/view.ts';
import { launchCommand } from './launch-command.ts';

const paths = { runtimeDir: '/run/a,b "c"', stateDir: '/s', serialLog: '/s/serial.log', vmmLog: '/s/vmm.log' };
const helpers = { virtiofsd: 'none', ip: { path: '/usr/sbin/ip' }, unshare: { path: '/usr/bin/unshare' } };
const options = { seccomp: 'on', logLevel: 'info' } as const;
const VMM = [
  ...['--api-socket', 'path=api.sock', '--event-monitor', 'path=events.json'],
  ...['--seccomp', 'true', '-v'],
];

describe('launchCommand', () => {
  it('names only what cannot be mistaken, in the folder of the sockets, with the console on stdout', () => {
    const command = launchCommand('/bin/ch', { name: 'x', netns: null }, options, {
      view: hostView(paths.runtimeDir),
      helpers,
      paths,
    });
    expect(command).toEqual({
      role: 'vmm',
      file: '/bin/ch',
      args: VMM,
      cwd: paths.runtimeDir,
      stdout: '/s/serial.log',
    });
  });

  it('enters a network namespace by ip, as one process', () => {
    const view = hostView(paths.runtimeDir);
    const { file, args } = launchCommand('/bin/ch', { name: 'x', netns: 'blue' }, options, { view, helpers, paths });
    expect([file, ...args]).toEqual(['/usr/sbin/ip', 'netns', 'exec', 'blue', '/bin/ch', ...VMM]);
  });

  it('gives names to a mount namespace as parameters of a fixed script, never as text of it', () => {
    const view = privateView('/mnt');
    view.file('kernel', '/k/$(touch x)\n"\'');
    const { file, args } = launchCommand('/bin/ch', { name: 'x', netns: 'blue' }, options, { view, helpers, paths });
    expect([file, ...args.slice(0, 6)]).toEqual([
      ...['/usr/bin/unshare', '--mount', '--propagation', 'private', '--'],
      ...['/bin/sh', '-c'],
    ]);
    expect(args[6]).not.toMatch(/touch|run\/a/);
    expect(args.slice(7)).toEqual([
      ...['vmrs-enter', '/run/a,b "c"/view', '/mnt', '/run/a,b "c"'],
      ...['kernel', '/k/$(touch x)\n"\'', '--'],
      ...['/usr/sbin/ip', 'netns', 'exec', 'blue', '/bin/ch', ...VMM],
    ]);
  });

  it('is an error when a helper for it is missing', () => {
    const view = hostView(paths.runtimeDir);
    const without = { ...helpers, ip: 'ip is not installed' };
    const start = () =>
      launchCommand('/bin/ch', { name: 'x', netns: 'blue' }, options, { view, helpers: without, paths });
    expect(start).toThrow(expect.objectContaining({ code: 'HYPERVISOR', vm: 'x' }));
  });

  it.each([
    ['errno', 'errno'],
    ['log', 'log'],
    ['off', 'false'],
  ] as const)('passes on seccomp %s', (seccomp, word) => {
    const view = hostView(paths.runtimeDir);
    const spec = { name: 'x', netns: null };
    const { args } = launchCommand('/bin/ch', spec, { seccomp, logLevel: 'trace' }, { view, helpers, paths });
    expect(args.slice(-3)).toEqual(['--seccomp', word, '-vvv']);
  });
});
