import { describe, expect, it } from 'vitest';
import { licenceProblems } from './licence-problems.ts';

const one = [{ name: 'x', versions: ['1.0.0'] }];

describe('the licence of a dependency', () => {
  it.each(['MIT', '(MIT OR GPL-3.0-only)', 'MIT AND Apache-2.0'])('may be %s', (licence) => {
    expect(licenceProblems({ [licence]: one })).toEqual([]);
  });

  it.each(['GPL-3.0-only', 'MIT AND GPL-3.0-only', 'Unknown', 'SEE LICENSE IN LICENSE', '(MIT AND (A OR B))'])(
    'must not be %s',
    (licence) => {
      expect(licenceProblems({ MIT: one, [licence]: one })).toEqual([
        `x@1.0.0 is under ${licence}, which is not allowed`,
      ]);
    },
  );
});
