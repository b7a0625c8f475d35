import { CAPABILITIES } from '@vmrs/core';
import { expect, it } from 'vitest';
import { CONFORMANCE_CHECKS } from './all-checks.ts';

it('names every check once', () => {
  const names = CONFORMANCE_CHECKS.map(({ area, name }) => `${area}: ${name}`);
  expect(names).toEqual([...new Set(names)]);
});

it('makes checks depend on capabilities that exist', () => {
  const needed = CONFORMANCE_CHECKS.flatMap(({ needs }) => needs ?? []);
  expect(Object.keys(CAPABILITIES)).toEqual(expect.arrayContaining(needed));
});
