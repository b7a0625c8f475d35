import { describe, expect, it } from 'vitest';
import { machineExit, readShutdown } from './exit-reason.ts';

const clean = { code: 0, signal: null, known: true } as const;
const killed = { code: null, signal: 'SIGKILL', known: true } as const;
const unseen = { code: null, signal: null, known: false } as const;
const poweroff = { guest: true, reason: 'guest-shutdown' };
const quit = { guest: false, reason: 'host-qmp-quit' };
const panic = { guest: true, reason: 'guest-panic' };

describe('machineExit', () => {
  it.each([
    ['the guest powered off', clean, poweroff, false, 'guest'],
    ['the guest powered off, seen by an adopter', unseen, poweroff, false, 'guest'],
    ['QEMU was told to quit', clean, quit, false, 'host'],
    ['QEMU was told to quit, seen by an adopter', unseen, quit, false, 'host'],
    ['the guest panicked, by its notifier', clean, panic, false, 'panic'],
    ['the guest panicked, by its last words', clean, quit, true, 'panic'],
    ['QEMU crashed', { ...clean, code: 3 }, null, false, 'host'],
    ['QEMU ended as if all were well, unasked', clean, null, false, 'host'],
    ['QEMU was killed', killed, null, false, 'host'],
    ['QEMU was killed on the way down', killed, poweroff, false, 'host'],
    ['nobody saw anything', unseen, null, false, 'unknown'],
  ] as const)('%s', (_, exit, shutdown, panicked, reason) => {
    expect(machineExit(exit, shutdown, panicked)).toEqual({ reason, code: exit.code, signal: exit.signal });
  });

  it('reads the event', () => {
    expect(readShutdown({ name: 'SHUTDOWN', data: { guest: true, reason: 'guest-shutdown' } })).toEqual(poweroff);
    expect(readShutdown({ name: 'SHUTDOWN', data: {} })).toEqual({ guest: false, reason: '' });
  });
});
