import { buildFakeAddon, FakeAddonUnavailableError, fakeAddonEnvironment } from '@vmrs/applevz-fake';
import { afterEach, beforeEach, describe, expect, it, type TestContext, vi } from 'vitest';
import { diagnose } from '../src/cli/diagnose.ts';
import { askFacts } from '../src/mac/ask-facts.ts';
import { StandInMac } from '../src/prepare-host/fixtures/stand-in-mac.ts';
import { HostChooser } from '../src/prepare-host/index.ts';
import { hostArguments } from '../src/program.ts';

let mac: StandInMac;

beforeEach(async () => {
  mac = await StandInMac.make();
  await mac.useRealNode();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await mac[Symbol.asyncDispose]();
});

/** The addon, in processes that are entitled when their executable is signed so. */
async function double({ skip }: TestContext, entitlements: 'signed' | readonly string[] = 'signed'): Promise<string> {
  for (const [name, value] of Object.entries(fakeAddonEnvironment({ entitlements }))) vi.stubEnv(name, value);
  try {
    return await buildFakeAddon();
  } catch (error) {
    if (error instanceof FakeAddonUnavailableError) skip(`the double cannot be built here: ${error.message}`);
    throw error;
  }
}

describe('a prepared host', { timeout: 300_000 }, () => {
  it('is a copy of node in which the host program runs and is entitled, as the original is not', async (context) => {
    const addon = await double(context);
    const original = { path: mac.node, env: {}, why: 'it is the original' };
    expect(await askFacts(original, addon)).toMatchObject({ entitled: false });
    const { executable } = await mac.prepare({ addon }, { program: hostArguments([]) });
    expect(await askFacts({ ...original, path: executable }, addon)).toMatchObject({ entitled: true });
    expect(await askFacts(original, addon)).toMatchObject({ entitled: false });
  });

  it('is refused when the system does not grant what is signed', async (context) => {
    const addon = await double(context, []);
    await expect(mac.prepare({ addon }, { program: hostArguments([]) })).rejects.toThrow('macOS does not grant it');
  });

  it('is refused with the reasons of the loader when the addon cannot be loaded', async () => {
    await expect(mac.prepare({ addon: `${mac.root}/none.node` }, { program: hostArguments([]) })).rejects.toThrow(
      /cannot load the addon: '.*none\.node': there is no such file/,
    );
  });

  it('is what a driver chooses in a process that is not entitled, and what the doctor finds then', async (context) => {
    const addon = await double(context);
    const { cacheDir = null, tools = {} } = mac.options;
    const prepare = { ...mac.seams, program: hostArguments([]) };
    const hosts = new HostChooser({ hostPath: null, hostNode: null, cacheDir, addon }, {}, { tools, prepare });
    expect(hosts.plan()).toEqual({ kind: 'prepared', node: null });
    const env = { VMRS_APPLEVZ_ADDON: addon };
    expect(await diagnose(env, mac.options, prepare)).toMatchObject({ usable: true, host: { state: 'to be made' } });
    const { path } = await hosts.executable();
    expect(await diagnose(env, mac.options, prepare)).toMatchObject({
      usable: true,
      host: { state: 'ready', path },
      facts: { askedIn: 'the host', entitled: true },
    });
  });
});
