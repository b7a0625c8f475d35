import { describe, expect, it } from 'vitest';
import { parseBootSession, parsePsLine } from './darwin.ts';

// The form of macOS's `LC_ALL=C TZ=UTC ps -o stat=,lstart= -p <pid>`, blank padding included.
describe('parsePsLine', () => {
  it('reads the start in microseconds', () => {
    const line = 'Ss   Sat Nov 21 05:40:07 2026    ';
    expect(parsePsLine(line)).toEqual({ zombie: false, startTime: String(Date.UTC(2026, 10, 21, 5, 40, 7) * 1000) });
  });

  it('reads a day of one digit', () => {
    const line = 'S+   Mon Mar  2 23:59:59 2026    \n';
    expect(parsePsLine(line)?.startTime).toBe(String(Date.UTC(2026, 2, 2, 23, 59, 59) * 1000));
  });

  it('knows a zombie', () => {
    expect(parsePsLine('Z+   Mon Mar  2 23:59:59 2026')?.zombie).toBe(true);
  });

  it.each(['', 'Ss', 'Ss Sam 21 Nov 05:40:07 2026', 'Ss Sat Xyz 21 05:40:07 2026'])('refuses %j', (line) => {
    expect(parsePsLine(line)).toBeNull();
  });
});

describe('parseBootSession', () => {
  it('takes a UUID and nothing else', () => {
    expect(parseBootSession('0E2B6A0C-5D0B-4E3C-9C1A-1F7A3B2C4D5E\n')).toBe('0e2b6a0c-5d0b-4e3c-9c1a-1f7a3b2c4d5e');
    expect(parseBootSession('')).toBeNull();
    expect(parseBootSession('unknown oid')).toBeNull();
  });
});
