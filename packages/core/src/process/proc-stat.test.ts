import { describe, expect, it } from 'vitest';
import { parseProcStat } from './proc-stat.ts';

const TAIL = '1 4242 4242 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 3141592 2899968 256 18446744073709551615 1 1 0 0';

describe('parseProcStat', () => {
  it('reads state and start time', () => {
    expect(parseProcStat(`4242 (sleep) S ${TAIL}\n`)).toEqual({ zombie: false, startTime: '3141592' });
  });

  it.each(['Z', 'X', 'x'])('knows state %s as ended', (state) => {
    expect(parseProcStat(`4242 (sleep) ${state} ${TAIL}`)?.zombie).toBe(true);
  });

  it.each([
    [2, false],
    [1, true],
    [0, true],
  ])('of a process whose first thread has ended, with %i threads, says %s', (threads, zombie) => {
    const tail = TAIL.replace(' 20 0 1 0 ', ` 20 0 ${threads} 0 `);
    expect(parseProcStat(`4242 (qemu) Z ${tail}`)?.zombie).toBe(zombie);
  });

  it.each(['a) Z (b', ') Z 0 0', 'with\nline end', '((('])(
    'counts from the last bracket for a program named %j',
    (name) => {
      expect(parseProcStat(`4242 (${name}) S ${TAIL}`)).toEqual({ zombie: false, startTime: '3141592' });
    },
  );

  it.each(['', '4242 (sleep)', '4242 (sleep) S 1 2', `4242 (sleep) S ${TAIL.replace('3141592', 'x')}`])(
    'refuses %j',
    (line) => {
      expect(parseProcStat(line)).toBeNull();
    },
  );
});
