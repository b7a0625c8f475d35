import { describe, expect, it } from 'vitest';
import { machineState } from './machine-state.ts';

describe('machineState', () => {
  it.each([
    ['starting', 'starting'],
    ['restoring', 'starting'],
    ['running', 'running'],
    ['paused', 'paused'],
    ['pausing', 'paused'],
    ['resuming', 'paused'],
    ['saving', 'paused'],
    ['stopped', 'stopped'],
    ['error', 'stopped'],
  ] as const)("takes the framework's '%s' for %s", (native, state) => {
    expect(machineState(native)).toBe(state);
  });

  it.each(['stopping', 'unknown 10'] as const)("leaves it at the last known state while it is '%s'", (native) => {
    expect(machineState(native)).toBeNull();
  });
});
