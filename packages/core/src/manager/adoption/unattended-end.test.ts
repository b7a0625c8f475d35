import { describe, expect, it } from 'vitest';
import { unattendedEnd } from './unattended-end.ts';

const at = '2026-01-01T00:00:00.000Z';
const DETACHED = { phase: 'live', lifetime: 'detached', rebooted: false } as const;
const ATTACHED = { ...DETACHED, lifetime: 'attached' } as const;
const exited = (code: number) => ({ code, signal: null, known: true }) as const;
const killed = { code: null, signal: 'SIGKILL', known: true } as const;

describe('unattendedEnd', () => {
  it('is stopped when the VMM ended in good order, without claiming to know why', () => {
    const exit = { how: 'unattended', code: 0, signal: null, at };
    expect(unattendedEnd(DETACHED, exited(0), at)).toEqual({ status: 'stopped', exit });
  });

  it('is failed with code or signal when it did not', () => {
    expect(unattendedEnd(DETACHED, exited(3), at)).toEqual({
      status: 'failed',
      reason: 'the VMM exited with code 3 while no controller was attached to it',
      exit: { how: 'unattended', code: 3, signal: null, at },
    });
    expect(unattendedEnd(DETACHED, killed, at)).toMatchObject({
      reason: 'the VMM was ended by SIGKILL while no controller was attached to it',
      exit: { signal: 'SIGKILL' },
    });
  });

  it('never claims a clean stop of what nobody wrote down', () => {
    expect(unattendedEnd(DETACHED, null, at)).toMatchObject({ status: 'failed', exit: { how: 'unknown' } });
  });

  it('says so when the host was restarted', () => {
    const end = unattendedEnd({ ...DETACHED, rebooted: true }, null, at);
    const reason = 'the host was restarted, and it ended with that';
    expect(end).toMatchObject({ status: 'failed', reason, exit: { how: 'unknown' } });
  });

  it('is stopped when it ended with the controller to which it was attached', () => {
    const exit = { how: 'orphaned', code: null, signal: null, at };
    expect(unattendedEnd(ATTACHED, null, at)).toEqual({ status: 'stopped', exit });
    expect(unattendedEnd(ATTACHED, exited(3), at)).toMatchObject({ status: 'failed', exit: { code: 3 } });
  });

  it('is failed when it was never started wholly', () => {
    const intent = { ...ATTACHED, phase: 'intent' } as const;
    expect(unattendedEnd(intent, null, at)).toMatchObject({ status: 'failed', exit: { how: 'unknown' } });
    expect(unattendedEnd(intent, exited(0), at)).toMatchObject({ status: 'failed', exit: { how: 'unattended' } });
  });
});
