import { describe, expect, it } from 'vitest';
import { contractMatches, formatContract } from './version.ts';

describe('contractMatches', () => {
  it.each([
    ['1.0', '1.0', true],
    ['1.0', '1.3', true],
    ['1.3', '1.3', true],
    ['1.4', '1.3', false],
    ['2.0', '1.3', false],
    ['1.9', '2.0', false],
    ['0.1', '1.3', false],
  ])('a driver of %s on a core of %s: %s', (driver, core, matches) => {
    expect(contractMatches(parsed(driver), parsed(core))).toBe(matches);
  });
});

describe('formatContract', () => {
  it('writes both numbers', () => {
    expect(formatContract({ major: 1, minor: 10 })).toBe('1.10');
  });
});

function parsed(text: string): { major: number; minor: number } {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return { major, minor };
}
