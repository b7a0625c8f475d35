import { describe, expect, it } from 'vitest';
import { problemsOf } from './problems.ts';

const FINE = { id: 'acme', packageName: '@acme/vmrs-driver', platforms: ['linux-x64'] };

describe('problemsOf', () => {
  it('finds nothing wrong with what is right', () => {
    expect(problemsOf(FINE)).toEqual([]);
    expect(problemsOf({ ...FINE, platforms: [] })).toEqual([]);
  });

  it('tells everything that is wrong at once', () => {
    expect(problemsOf({ id: '9Lives', packageName: 'Up/Case', platforms: ['linux', 'linux-x64'] })).toEqual([
      expect.stringContaining("the id '9Lives'"),
      expect.stringContaining("'Up/Case' is no name"),
      expect.stringContaining("'linux' is no platform"),
    ]);
  });

  it.each(['', '-a', 'a-', 'a--b', 'a_b', 'A', "a'b", 'a/b'])('refuses the id %j', (id) => {
    expect(problemsOf({ ...FINE, id })).toHaveLength(1);
  });

  it.each(['', 'node_modules', '.a', 'fs', 'a b', '../a'])('refuses the package name %j', (packageName) => {
    expect(problemsOf({ ...FINE, packageName })).toHaveLength(1);
  });
});
