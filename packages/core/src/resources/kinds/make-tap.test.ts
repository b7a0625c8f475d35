import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Resource, ResourceScope } from '../../contract/index.ts';
import { makeTap } from './make-tap.ts';
import { networkDeviceKind, releaseTap } from './tap.ts';

const canMakeTaps =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('ip', ['-V']).status === 0 &&
  spawnSync('test', ['-c', '/dev/net/tun']).status === 0;

function makeNetns(): string {
  const netns = `vmrs-make-${process.pid}`;
  execFileSync('ip', ['netns', 'add', netns], { stdio: 'pipe' });
  onTestFinished(() => void spawnSync('ip', ['netns', 'delete', netns]));
  return netns;
}

const inNetns = (netns: string, ...args: readonly string[]): string =>
  execFileSync('ip', ['-netns', netns, ...args], { encoding: 'utf8' });

/** A ledger that notes what it is told, and releases a tap whose making fails, as the real one does. */
function scope(): ResourceScope & { readonly told: Resource[] } {
  const told: Resource[] = [];
  return {
    told,
    async acquire(resource, make) {
      told.push(resource);
      try {
        return await make();
      } catch (error) {
        if (resource.kind === 'tap') await releaseTap(resource);
        throw error;
      }
    },
    release: async () => undefined,
  };
}

describe.skipIf(!canMakeTaps)('makeTap (needs root, iproute2 and /dev/net/tun)', () => {
  it('makes a tap that is up, in the namespace alone, and a port of the bridge', async () => {
    const netns = makeNetns();
    inNetns(netns, 'link', 'add', 'br0', 'type', 'bridge');
    const resources = scope();
    await makeTap({ name: 'made0', netns, bridge: 'br0' }, resources);
    expect(resources.told).toEqual([{ kind: 'tap', name: 'made0', netns }]);
    expect(inNetns(netns, '-oneline', 'link', 'show', 'made0')).toMatch(/<[^>]*UP[^>]*>.* master br0/);
    expect(await networkDeviceKind({ name: 'made0', netns: null })).toBeNull();
  });

  it('refuses a name that is taken before it is in the ledger, and leaves its owner alone', async () => {
    const netns = makeNetns();
    inNetns(netns, 'tuntap', 'add', 'dev', 'theirs', 'mode', 'tap');
    const resources = scope();
    await expect(makeTap({ name: 'theirs', netns, bridge: null }, resources)).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      details: { problems: [{ path: 'networks', message: expect.stringContaining("'theirs' exists already") }] },
    });
    expect(resources.told).toEqual([]);
    expect(await networkDeviceKind({ name: 'theirs', netns })).toBe('tun');
  });

  it.each([
    ['a bridge that is not there', 'no-bridge', null, /no bridge 'no-bridge'|does not exist/],
    ['a namespace that is not there', null, 'vmrs-none', /no network namespace 'vmrs-none'/],
  ] as const)('says so for %s, and leaves nothing', async (_, bridge, missing, words) => {
    const netns = missing ?? makeNetns();
    await expect(makeTap({ name: 'made0', netns, bridge }, scope())).rejects.toThrow(words);
    expect(await networkDeviceKind({ name: 'made0', netns })).toBeNull();
  });
});
