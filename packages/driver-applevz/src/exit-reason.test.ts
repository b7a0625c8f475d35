import type { ProcessExit } from '@vmrs/core/driver';
import { describe, expect, it } from 'vitest';
import type { HowItEnded } from './control/protocol.ts';
import { machineExit } from './exit-reason.ts';

const code = (value: number): ProcessExit => ({ code: value, signal: null, known: true });
const KILLED: ProcessExit = { code: null, signal: 'SIGKILL', known: true };
const UNSEEN: ProcessExit = { code: null, signal: null, known: false };
const FAILURE: HowItEnded = {
  by: 'failure',
  failure: { domain: 'VZErrorDomain', code: 1, message: 'm', reason: null, underlying: null },
};

describe('machineExit', () => {
  it.each([
    ['a power-off by the guest', code(0), { by: 'guest' }, false, 'guest'],
    ['a power-off by the guest while it was told to end', code(0), { by: 'guest' }, true, 'guest'],
    ['what a controller said', code(0), { by: 'told' }, true, 'host'],
    ['what another controller said', code(0), { by: 'told' }, false, 'host'],
    ['a panic', code(3), { by: 'panic', detail: 'x' }, false, 'panic'],
    ['a failure of the framework', code(1), FAILURE, false, 'host'],
    ['a power-off that nobody heard of', code(0), null, false, 'guest'],
    ['a panic that nobody heard of', code(3), null, false, 'panic'],
    ['SIGTERM', code(143), null, false, 'host'],
    ['a host that crashed', KILLED, null, false, 'host'],
    ['a host that was killed when it had told already', KILLED, { by: 'guest' }, false, 'guest'],
    ['a host that this driver killed', UNSEEN, null, true, 'host'],
    ['an end that nobody saw', UNSEEN, null, false, 'unknown'],
  ] as const)('%s', (_, exit, told, asked, reason) => {
    expect(machineExit(exit, told, asked)).toEqual({ reason, code: exit.code, signal: exit.signal });
  });
});
