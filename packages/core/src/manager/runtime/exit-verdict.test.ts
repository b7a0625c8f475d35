import { describe, expect, it } from 'vitest';
import { exitVerdict } from './exit-verdict.ts';

const at = '2026-01-01T00:00:00.000Z';
const nobody = { rung: null };

describe('exitVerdict', () => {
  it('is stopped by the guest when the guest powered off, asked or not', () => {
    const exit = { reason: 'guest', code: 0, signal: null } as const;
    expect(exitVerdict(exit, nobody, at, undefined)).toEqual({
      status: 'stopped',
      exit: { how: 'guest', code: 0, signal: null, at },
    });
    expect(exitVerdict(exit, { rung: 'sigterm' }, at, undefined).exit?.how).toBe('guest');
  });

  it('is failed when the VMM ends unasked, also with exit code 0, and says how', () => {
    const crash = exitVerdict({ reason: 'host', code: 3, signal: null }, nobody, at, 'out of memory');
    expect(crash).toMatchObject({ status: 'failed', exit: { how: 'crashed', code: 3 } });
    expect(crash).toMatchObject({ reason: 'the VMM exited with code 3 without having been asked to: out of memory' });
    expect(exitVerdict({ reason: 'host', code: 0, signal: null }, nobody, at, undefined).status).toBe('failed');
    expect(exitVerdict({ reason: 'host', code: null, signal: 'SIGSEGV' }, nobody, at, undefined)).toMatchObject({
      reason: 'the VMM was ended by SIGSEGV without having been asked to',
    });
  });

  it.each([
    ['terminate', 'terminated'],
    ['sigterm', 'sigterm'],
    ['sigkill', 'sigkill'],
  ] as const)('names the rung %s that ended the VMM', (rung, how) => {
    expect(exitVerdict({ reason: 'host', code: null, signal: null }, { rung }, at, undefined)).toMatchObject({
      status: 'stopped',
      exit: { how },
    });
  });

  it('is failed on a panic, even during a stop', () => {
    expect(
      exitVerdict({ reason: 'panic', code: 0, signal: null }, { rung: 'power-button' }, at, undefined),
    ).toMatchObject({
      status: 'failed',
      exit: { how: 'panicked' },
    });
  });

  it('never claims a clean stop of what nobody saw', () => {
    expect(exitVerdict({ reason: 'unknown', code: null, signal: null }, nobody, at, undefined)).toMatchObject({
      status: 'failed',
      exit: { how: 'unknown' },
    });
  });
});
