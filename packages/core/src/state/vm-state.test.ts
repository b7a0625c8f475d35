import { describe, expect, it } from 'vitest';
import {
  canTransition,
  formatState,
  ipOf,
  isEnded,
  isReady,
  isRunning,
  TRANSITIONS,
  type VmState,
  type VmStatus,
} from './index.ts';

const exit = { how: 'guest', code: 0, signal: null, at: '2026-01-01T00:00:00.000Z' } as const;
const STATES: Record<VmStatus, VmState> = {
  starting: { status: 'starting' },
  running: { status: 'running' },
  ready: { status: 'ready', ip: '10.0.1.2' },
  paused: { status: 'paused' },
  stopping: { status: 'stopping' },
  stopped: { status: 'stopped', exit },
  failed: { status: 'failed', reason: 'timeout', exit: null },
};

describe('VmState', () => {
  it('keeps the text forms of the reference', () => {
    expect(Object.values(STATES).map(formatState)).toEqual([
      'starting',
      'running',
      'ready (10.0.1.2)',
      'paused',
      'stopping',
      'stopped',
      'failed: timeout',
    ]);
  });

  it('counts running and ready as executing, and knows an address in ready only', () => {
    expect(
      Object.values(STATES)
        .filter(isRunning)
        .map(({ status }) => status),
    ).toEqual(['running', 'ready']);
    expect(Object.values(STATES).filter(isReady)).toEqual([STATES.ready]);
    expect(Object.values(STATES).map(ipOf).filter(Boolean)).toEqual(['10.0.1.2']);
    expect(Object.values(STATES).filter(isEnded)).toEqual([STATES.stopped, STATES.failed]);
  });
});

describe('TRANSITIONS', () => {
  it('never leads out of an end', () => {
    expect(TRANSITIONS.filter(({ from }) => from === 'stopped' || from === 'failed')).toEqual([]);
  });

  it('reaches every state from starting, and an end from every state', () => {
    const reach = (from: VmStatus): Set<VmStatus> => {
      const seen = new Set<VmStatus>([from]);
      for (const at of seen) for (const edge of TRANSITIONS) if (edge.from === at) seen.add(edge.to);
      return seen;
    };
    expect([...reach('starting')].sort()).toEqual(Object.keys(STATES).sort());
    for (const status of Object.keys(STATES) as VmStatus[]) {
      expect(reach(status).has('stopped') || reach(status).has('failed')).toBe(true);
    }
  });

  it('has no edge twice', () => {
    const edges = TRANSITIONS.map(({ from, to }) => `${from}>${to}`);
    expect(new Set(edges).size).toBe(edges.length);
  });

  it('answers from the table', () => {
    expect(canTransition('running', 'ready')).toBe(true);
    expect(canTransition('paused', 'starting')).toBe(false);
  });
});
