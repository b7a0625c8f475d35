import { describe, expect, it } from 'vitest';
import { StateCell } from './state-cell.ts';

describe('StateCell', () => {
  it('goes along the table and tells listeners once, in order', () => {
    const cell = new StateCell({ status: 'starting' });
    const seen: string[] = [];
    const off = cell.subscribe(({ status }) => seen.push(status));
    expect(cell.to({ status: 'running' })).toBe(true);
    expect(cell.to({ status: 'ready', ip: '10.0.0.1' })).toBe(true);
    off();
    expect(cell.to({ status: 'paused' })).toBe(true);
    expect(seen).toEqual(['running', 'ready']);
  });

  it('refuses what the table does not have', () => {
    const cell = new StateCell({ status: 'paused' });
    expect(cell.to({ status: 'starting' })).toBe(false);
    expect(cell.current).toEqual({ status: 'paused' });
  });
});
