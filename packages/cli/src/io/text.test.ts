import { describe, expect, it } from 'vitest';
import { GuestLines, harmless } from './guest-text.ts';
import { listing, table } from './table.ts';
import { formatAge, formatDuration, parseDuration } from './time.ts';

describe('text for people', () => {
  it('stands in columns, whatever its colours', () => {
    expect(
      table(
        ['A', 'NAME'],
        [
          ['1', 'web'],
          ['\u001b[32m22\u001b[39m', ''],
        ],
      ),
    ).toBe('A   NAME\n1   web\n\u001b[32m22\u001b[39m');
    expect(
      listing([
        ['a', '1'],
        ['long', '2'],
      ]),
    ).toBe('a:     1\nlong:  2');
  });

  it.each([
    ['30s', 30_000],
    ['500ms', 500],
    ['1.5', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('says times: %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', 'soon', '1d', '-1', '9999h'])('refuses %j for a time', (text) => {
    expect(() => parseDuration(text)).toThrow("'30s'");
  });

  it('tells times and ages', () => {
    expect([400, 12_300, 125_000].map(formatDuration)).toEqual(['0.4 s', '12.3 s', '2 min 5 s']);
    const now = Date.parse('2026-01-02T00:00:00Z');
    expect(
      ['2026-01-01T23:59:55Z', '2026-01-01T23:00:00Z', '2026-01-01T12:00:00Z', '2025-12-01T00:00:00Z', ''].map((at) =>
        formatAge(at, now),
      ),
    ).toEqual(['5s', '60m', '12h', '32d', '?']);
  });
});

describe('what a guest writes', () => {
  it('is harmless to a terminal', () => {
    expect(harmless('a\u001b[2J\u001b]0;title\u0007b\u0008\u009b1mc\td')).toBe('abc\td');
  });

  it('is split into lines over any borders, also within characters', () => {
    const lines = new GuestLines();
    const bytes = Buffer.from('one\r\ntwö\nthree');
    const found = [...bytes].flatMap((byte) => [...lines.push(Uint8Array.of(byte))]);
    expect([...found, ...lines.flush()]).toEqual(['one', 'twö', 'three']);
    expect(lines.flush()).toEqual([]);
  });

  it('fills no memory when it ends no line', () => {
    const lines = new GuestLines();
    const out = Array.from({ length: 10 }, () => lines.push(Buffer.alloc(30_000, 'x'))).flat();
    expect(out.join('').length).toBeGreaterThan(200_000);
  });
});
