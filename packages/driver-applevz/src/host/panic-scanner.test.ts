import { describe, expect, it } from 'vitest';
import { PanicScanner } from './panic-scanner.ts';

const BOOT = '[    0.1] Linux version 6.12\r\n';
const PANIC = '[    0.5] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\r\n';
const REASON = 'VFS: Unable to mount root fs on unknown-block(0,0)';
const END = `[    0.6] ---[ end Kernel panic - not syncing: ${REASON} ]---\r\n`;

function scanned(...chunks: readonly string[]): PanicScanner {
  const scanner = new PanicScanner();
  for (const chunk of chunks) scanner.scan(Buffer.from(chunk));
  return scanner;
}

describe('PanicScanner', () => {
  it('finds the reason wherever the console is cut', () => {
    const all = BOOT + PANIC + END;
    for (let cut = 0; cut <= all.length; cut += 1) {
      const scanner = scanned(all.slice(0, cut), all.slice(cut));
      expect([scanner.panic, scanner.over]).toEqual([REASON, true]);
    }
    expect(scanned(...all).panic).toBe(REASON);
  });

  it('knows when the last words are said, which are not the first', () => {
    expect(scanned(BOOT, PANIC).over).toBe(false);
    expect(scanned(BOOT, PANIC, 'Call Trace:\r\n', ...END).over).toBe(true);
  });

  it('waits for the whole reason, unless the console ends or it is too long', () => {
    const cut = scanned('Kernel panic - not syncing: Attempted to kill');
    expect(cut.panic).toBeNull();
    cut.end();
    expect(cut.panic).toBe('Attempted to kill');
    expect(scanned('Kernel panic - not syncing: ', ...Array<string>(600).fill('x')).panic).toBe('x'.repeat(512));
  });

  it('takes the first of several panics, and reads UTF-8', () => {
    expect(scanned(PANIC, 'Kernel panic - not syncing: another\n').panic).toBe(REASON);
    const [one, two] = [Buffer.from('Kernel panic - not syncing: grün\n').subarray(0, 31), Buffer.from([0xbc])];
    const scanner = new PanicScanner();
    scanner.scan(one);
    scanner.scan(two);
    scanner.scan(Buffer.from('n\n'));
    expect(scanner.panic).toBe('grün');
  });

  it('is not misled by a console without one', () => {
    const scanner = scanned('Kernel panic', '\n - not syncing: x\n', 'x'.repeat(1_000_000), '\n');
    scanner.end();
    expect([scanner.panic, scanner.over]).toEqual([null, false]);
  });
});
