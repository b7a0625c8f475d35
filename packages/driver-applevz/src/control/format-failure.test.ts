import { describe, expect, it } from 'vitest';
import { adviceOn, formatFailure } from './format-failure.ts';
import type { WireFailure } from './protocol.ts';
import { hostFailure, toWireFailure } from './wire-failure.ts';

function failure(domain: string, code: number, init: Partial<WireFailure> = {}): WireFailure {
  return { domain, code, message: 'It failed.', reason: null, underlying: null, ...init };
}

describe('formatFailure', () => {
  it('tells description, reason, domain and code, and what lies below', () => {
    const underlying = failure('NSPOSIXErrorDomain', 45, { message: 'Operation not supported' });
    const whole = failure('VZErrorDomain', 2, { message: 'Invalid configuration', reason: 'No disk.', underlying });
    expect(formatFailure(whole)).toBe(
      'Invalid configuration. No disk. (VZErrorDomain 2), because of: Operation not supported (NSPOSIXErrorDomain 45)',
    );
  });

  it('does not repeat a reason, nor give a number that means nothing', () => {
    expect(formatFailure(failure('VZErrorDomain', 1, { reason: 'It failed.' }))).toBe('It failed. (VZErrorDomain 1)');
    expect(formatFailure(hostFailure('no machine was made yet'))).toBe('no machine was made yet');
  });
});

describe('adviceOn', () => {
  const entitlement = 'The process doesn’t have the "com.apple.security.virtualization" entitlement.';

  it.each([
    ['a missing entitlement', failure('VZErrorDomain', 2, { reason: entitlement }), 'prepareHost()'],
    ['too many VMs', failure('VZErrorDomain', 6), 'end another one'],
    ['an image in use', failure('VZErrorDomain', 2, { reason: 'The storage device attachment is invalid.' }), 'in use'],
    ['a state of another machine', failure('VZErrorDomain', 12), 'machine id'],
    ['a missing image', failure('NSPOSIXErrorDomain', 45), 'does not exist'],
    ['something below', failure('X', 1, { underlying: failure('VZErrorDomain', 8) }), 'make room'],
  ])('knows what to do about %s', (_, of, advice) => {
    expect(adviceOn(of)).toContain(advice);
  });

  it('keeps silent when it knows no more', () => {
    expect(adviceOn(failure('VZErrorDomain', 3))).toBeNull();
  });
});

describe('toWireFailure', () => {
  it('takes failures of the addon apart, however deep, up to a limit', () => {
    let native: Error | null = null;
    for (let depth = 0; depth < 20; depth += 1) {
      native = Object.assign(new Error(`at ${depth}`), {
        domain: 'D',
        nativeCode: depth,
        reason: null,
        underlying: native,
      });
    }
    const wire = toWireFailure(native);
    expect(wire).toMatchObject({ domain: 'D', code: 19, message: 'at 19', underlying: { code: 18 } });
    let depth = 0;
    for (let at: WireFailure | null = wire; at !== null; at = at.underlying) depth += 1;
    expect(depth).toBe(9);
  });

  it('makes the host’s own of everything else', () => {
    const system = Object.assign(new Error('ENOSPC: no space'), { errno: -28, code: 'ENOSPC' });
    expect(toWireFailure(system)).toMatchObject({ domain: 'host', code: 28, message: 'ENOSPC: no space' });
    expect(toWireFailure('odd')).toMatchObject({ domain: 'host', code: 0, message: 'odd' });
  });
});
