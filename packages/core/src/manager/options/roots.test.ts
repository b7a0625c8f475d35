import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { resolveRoots } from './roots.ts';

// Empty is what `homedir()` gives then, and on POSIX systems it looks nowhere else.
describe.skipIf(process.platform === 'win32')('the folders of a user without a home directory', () => {
  const stateDir = join(tmpdir(), 'vmrs-state');

  beforeEach(() => {
    for (const name of ['HOME', 'VMRS_HOME', 'XDG_STATE_HOME']) vi.stubEnv(name, '');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('cannot be chosen by default, least of all in the working directory', () => {
    expect(() => resolveRoots({})).toThrow(/stateDir: this user has no home directory.*VMRS_HOME/);
  });

  it('are the given ones', () => {
    expect(resolveRoots({ stateDir, runtimeDir: '/tmp/r' })).toMatchObject({ state: stateDir, runtime: '/tmp/r' });
    expect(resolveRoots({ stateDir })).toMatchObject({ state: stateDir, runtime: join(stateDir, '.run') });
  });

  it('are those of VMRS_HOME', () => {
    vi.stubEnv('VMRS_HOME', stateDir);
    expect(resolveRoots({})).toMatchObject({ state: stateDir, runtime: join(stateDir, '.run') });
  });
});
