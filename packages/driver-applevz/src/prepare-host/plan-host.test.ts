import { describe, expect, it } from 'vitest';
import { type HostOptions, type ProcessFacts, planHost } from './plan-host.ts';

const NOTHING: HostOptions = { hostPath: null, hostNode: null };

function facts(entitled: boolean, electron = false): ProcessFacts {
  return { execPath: '/here/node', entitled: () => entitled, electron };
}

describe('planHost', () => {
  it('copies the node that runs this when there is nothing better', () => {
    expect(planHost(NOTHING, {}, facts(false))).toEqual({ kind: 'prepared', node: null });
  });

  it('uses this very executable where it is entitled', () => {
    expect(planHost(NOTHING, {}, facts(true))).toEqual({
      kind: 'executable',
      executable: { path: '/here/node', env: {}, why: 'this process is entitled' },
    });
  });

  it('tells an Electron to behave as Node.js, and nobody else', () => {
    const asNode = { env: { ELECTRON_RUN_AS_NODE: '1' } };
    expect(planHost(NOTHING, {}, facts(true, true))).toMatchObject({ executable: asNode });
    const same = { hostPath: '/here/node', hostNode: null };
    expect(planHost(same, {}, facts(false, true))).toMatchObject({ executable: asNode });
    const other = { hostPath: '/there/host', hostNode: null };
    expect(planHost(other, {}, facts(false, true))).toMatchObject({ executable: { env: {} } });
  });

  it('takes what was named before what was found: option, variable, node', () => {
    const env = { VMRS_APPLEVZ_HOST: '/by/variable' };
    const all = { hostPath: '/by/option', hostNode: '/a/node' };
    expect(planHost(all, env, facts(true))).toMatchObject({ executable: { path: '/by/option' } });
    expect(planHost({ ...all, hostPath: null }, env, facts(true))).toMatchObject({
      executable: { path: '/by/variable', why: 'VMRS_APPLEVZ_HOST names it' },
    });
    expect(planHost({ ...all, hostPath: null }, {}, facts(true))).toEqual({ kind: 'prepared', node: '/a/node' });
  });

  it('takes an empty variable for none', () => {
    expect(planHost(NOTHING, { VMRS_APPLEVZ_HOST: '' }, facts(false))).toEqual({ kind: 'prepared', node: null });
  });

  it('does not ask for the entitlement when it does not matter', () => {
    const never: ProcessFacts = {
      ...facts(false),
      entitled: () => {
        throw new Error('asked');
      },
    };
    expect(planHost({ hostPath: '/host', hostNode: null }, {}, never)).toMatchObject({ kind: 'executable' });
    expect(() => planHost(NOTHING, {}, never)).toThrow('asked');
  });
});
