import { describe, expect, it } from 'vitest';
import { readCommandLine } from './command-line.ts';
import { dialectOf } from './versions.ts';

const read = (version: string, ...args: readonly string[]) => readCommandLine(args, version, dialectOf(version));

describe('readCommandLine', () => {
  it('reads what a driver gives', () => {
    expect(
      read('v53.0', '--api-socket', 'path=api.sock', '--event-monitor', 'path=e', '--seccomp', 'true', '-vv'),
    ).toEqual({
      run: { apiSocket: 'api.sock', eventMonitor: 'e', logFile: null, verbosity: 2, kernel: null },
    });
  });

  it('loses what follows a comma in a path, as the real one does', () => {
    expect(read('v53.0', '--api-socket', 'path=/run/a,b.sock')).toMatchObject({ run: { apiSocket: '/run/a' } });
  });

  it.each([
    ['v51.2', ['--disk', 'a', '--disk', 'b'], /cannot be used multiple times/],
    ['v53.0', ['--api-socket', 'a', '--api-socket', 'b'], /cannot be used multiple times/],
    ['v53.0', ['--no-such-flag'], /unexpected argument '--no-such-flag'/],
    ['v53.0', ['--api-socket'], /a value is required/],
    ['v52.0', ['--seccomp', 'errno'], /invalid value 'errno'/],
  ])('of %s refuses %j', (version, args, words) => {
    expect(read(version, ...args)).toEqual({ fail: expect.stringMatching(words) });
  });

  it('takes repeated lists from v52 on, and several values of one flag always', () => {
    expect(read('v52.0', '--disk', 'a', '--disk', 'b')).toHaveProperty('run');
    expect(read('v50.0', '--disk', 'a', 'b')).toHaveProperty('run');
  });

  it('says its version, with a second line where there is one', () => {
    expect(read('v51.2', '--version')).toEqual({ print: 'cloud-hypervisor v51.2\n' });
    expect(read('v53.0', '--version')).toEqual({ print: expect.stringMatching(/^cloud-hypervisor v53\.0\nMigration/) });
  });
});
