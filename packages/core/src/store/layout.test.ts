import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultRuntimeDir, defaultStateDir, runtimeDirFor, vmLayout } from './layout.ts';
import { socketPathProblem } from './socket-path.ts';

describe('defaultStateDir', () => {
  it.each([
    [{}, 'linux', '/home/u', '/home/u/.local/state/vmrs'],
    [{ XDG_STATE_HOME: '/data' }, 'linux', '/home/u', '/data/vmrs'],
    [{ XDG_STATE_HOME: 'relative' }, 'linux', '/home/u', '/home/u/.local/state/vmrs'],
    [{}, 'darwin', '/Users/u', '/Users/u/Library/Application Support/vmrs'],
    [{ XDG_STATE_HOME: '/data' }, 'darwin', '/Users/u', '/Users/u/Library/Application Support/vmrs'],
    [{ VMRS_HOME: '/srv/vms' }, 'linux', '/home/u', '/srv/vms'],
    [{ VMRS_HOME: '', XDG_STATE_HOME: '/data' }, 'linux', '/home/u', '/data/vmrs'],
  ] as const)('of %o on %s in %s is %4$s', (env, platform, home, expected) => {
    expect(defaultStateDir(env, platform, home)).toBe(expected);
  });

  it('refuses a relative VMRS_HOME, which would mean another place in every directory', () => {
    expect(() => defaultStateDir({ VMRS_HOME: 'vms' }, 'linux', '/home/u')).toThrow(
      /VMRS_HOME: must be an absolute path/,
    );
  });
});

describe('defaultRuntimeDir', () => {
  it('lies with the state, and not where a logout clears it', () => {
    const env = { XDG_RUNTIME_DIR: '/run/user/1000' };
    expect(defaultRuntimeDir(env, 'linux', '/home/u')).toBe('/home/u/.local/state/vmrs/.run');
  });

  it('goes where paths stay short when the state lies deep', () => {
    const deep = `/home/${'x'.repeat(60)}`;
    expect(defaultRuntimeDir({}, 'linux', deep)).toMatch(/^\/tmp\/vmrs-\d+$/);
  });

  it.each(['linux', 'darwin'] as const)('always leaves room for a socket of 24 bytes on %s', (platform) => {
    for (let length = 1; length < 120; length += 1) {
      const root = defaultRuntimeDir({}, platform, `/${'h'.repeat(length)}`);
      const socket = `${runtimeDirFor(root, '0b9b1f4e-9d8a-4b43-8f5e-4c2f4d1a7c11')}/${'s'.repeat(24)}`;
      expect(socketPathProblem(socket, platform)).toBeNull();
    }
  });
});

describe('runtimeDirFor', () => {
  it('is short, always the same for an instance and another for each', () => {
    const [a, b] = [runtimeDirFor('/run', 'instance-a'), runtimeDirFor('/run', 'instance-b')];
    expect(a).toBe(runtimeDirFor('/run', 'instance-a'));
    expect(a).not.toBe(b);
    expect(a).toMatch(/^\/run\/[0-9a-f]{12}$/);
  });
});

describe('socketPathProblem', () => {
  it.each([
    ['linux', 107],
    ['darwin', 103],
  ] as const)('on %s allows %i bytes', (platform, longest) => {
    expect(socketPathProblem('x'.repeat(longest), platform)).toBeNull();
    expect(socketPathProblem('x'.repeat(longest + 1), platform)).toMatch(
      `${longest + 1} bytes long; this platform allows ${longest}`,
    );
  });

  it('counts bytes and not characters', () => {
    expect(socketPathProblem('ü'.repeat(54), 'linux')).toMatch('108 bytes');
  });
});

describe('vmLayout', () => {
  it('puts the lock beside the folder, under a name that no VM has', () => {
    const layout = vmLayout('/state', 'default', 'web');
    expect(layout.stateDir).toBe('/state/default/web');
    expect(layout.lockFile).toBe('/state/default/.web.lock');
    for (const [what, path] of Object.entries(layout)) {
      if (what !== 'stateDir' && what !== 'lockFile') expect(dirname(path)).toBe(layout.stateDir);
    }
  });
});
