import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { StandInMac } from '../prepare-host/fixtures/stand-in-mac.ts';
import { diagnose } from './diagnose.ts';
import { prepare } from './prepare.ts';
import { runCli } from './run-cli.ts';

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'vmrs-cli-')));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const PROGRAM = fileURLToPath(new URL('main.ts', import.meta.url));

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program, in an environment that names nothing of this machine. */
function cli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env['PATH'], VMRS_CACHE: folder, ...env } };
    const command = ['--conditions=@vmrs/source', PROGRAM, ...args];
    execFile(process.execPath, command, options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

const FACTS = {
  ...{ osVersion: '26.1.0', arch: 'arm64', builtWithSdk: '26.0', supported: true, entitled: true, mayBridge: false },
  ...{ minCpus: 1, maxCpus: 8, minMemoryBytes: 2 ** 27, maxMemoryBytes: 2 ** 34, rosetta: 'not-installed' },
  ...{ nestedVirtualization: false, saveRestore: true, efi: true, vmnet: true },
};

/** An addon in JavaScript, which says these facts. */
async function addon(facts: object = {}, install = 'async () => {}'): Promise<string> {
  const path = join(folder, 'addon.cjs');
  const said = JSON.stringify({ ...FACTS, ...facts });
  await writeFile(
    path,
    `module.exports = { interfaceVersion: 1, hostFacts: () => (${said}), installRosetta: ${install} };\n`,
  );
  return path;
}

describe('vmrs-applevz', () => {
  it('prints its help and its version', async () => {
    expect(await cli(['--help'])).toMatchObject({ code: 0, out: expect.stringMatching(/^usage: .*prepare.*doctor/s) });
    expect(await cli(['doctor', '-h'])).toMatchObject({ code: 0, out: expect.stringContaining('exit code: 0') });
    expect(await cli(['--version'])).toEqual({ code: 0, out: `${manifest.version}\n`, err: '' });
  });

  it.each([
    ['no command', [], 'a command is missing'],
    ['an unknown command', ['repair'], "there is no command 'repair'"],
    ['an unknown option', ['doctor', '--fast'], "Unknown option '--fast'"],
    ['too many words', ['doctor', 'now', 'please'], "'now please' is too much"],
    ['a node where none is meant', ['doctor', '--node', '/node'], "--node makes no sense for 'doctor'"],
    ['no path after --node', ['prepare', '--node'], '--node'],
    ['an empty path', ['prepare', '--node='], '--node needs a path'],
    ['JSON where there is none', ['install-rosetta', '--json'], "--json makes no sense for 'install-rosetta'"],
  ])('ends with 2 for %s', async (_, args, words) => {
    const said = { out: '', err: '' };
    const code = await runCli(args, {
      out: (text) => {
        said.out += text;
      },
      err: (text) => {
        said.err += text;
      },
      env: {},
    });
    expect({ code, out: said.out }).toEqual({ code: 2, out: '' });
    expect(said.err).toContain(words);
    expect(said.err).toContain('--help tells more');
  });
});

describe('vmrs-applevz doctor', () => {
  it('ends with 1 where there is no addon, and says why', async () => {
    const named = { VMRS_APPLEVZ_ADDON: join(folder, 'none.node') };
    const { code, out } = await cli(['doctor'], named);
    expect(code).toBe(1);
    expect(out).toMatch(/addon +cannot be used/);
    expect(out).toContain(`${named.VMRS_APPLEVZ_ADDON}: there is no such file`);
    expect(out).toContain('VMs cannot run here');
    const { out: json } = await cli(['doctor', '--json'], named);
    expect(JSON.parse(json)).toMatchObject({
      usable: false,
      addon: { found: false, findings: [{ path: named.VMRS_APPLEVZ_ADDON, problem: 'there is no such file' }] },
      facts: null,
    });
  });

  it('ends with 0 where VMs can run, and tells what is allowed', async () => {
    const env = { VMRS_APPLEVZ_ADDON: await addon() };
    const { code, out, err } = await cli(['doctor'], env);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const row of [/macOS +26\.1\.0 on arm64/, /CPUs +1 to 8/, /memory +128 MiB to 16384 MiB/, /entitled +yes/]) {
      expect(out).toMatch(row);
    }
    expect(out).toMatch(/host +\S+ \(this process is entitled\)/);
    expect(out).toContain('VMs can run here');
    const { out: json } = await cli(['doctor', '--json'], env);
    expect(JSON.parse(json)).toMatchObject({ usable: true, problems: [], facts: { ...FACTS, askedIn: 'the host' } });
  });

  it('ends with 1 when the named host is not entitled, or no program', async () => {
    const env = { VMRS_APPLEVZ_ADDON: await addon({ entitled: false }), VMRS_APPLEVZ_HOST: process.execPath };
    const { code, out } = await cli(['doctor'], env);
    expect(code).toBe(1);
    expect(out).toMatch(/lacks the entitlement com\.apple\.security\.virtualization\n {4}what to do: sign it/);
    const none = await cli(['doctor'], { ...env, VMRS_APPLEVZ_HOST: '/no/host' });
    expect(none.code).toBe(1);
    expect(none.out).toMatch(/'\/no\/host' is not an executable file .*\n {4}what to do: correct VMRS_APPLEVZ_HOST/);
  });

  it('ends with 1 when the hardware cannot', async () => {
    const { code, out } = await cli(['doctor'], { VMRS_APPLEVZ_ADDON: await addon({ supported: false }) });
    expect(code).toBe(1);
    expect(out).toMatch(/hardware: this Mac cannot run VMs/);
  });

  it('takes a host that has yet to be made for one, when it can be made, and makes none', async () => {
    await using mac = await StandInMac.make();
    const env = { VMRS_APPLEVZ_ADDON: await addon({ entitled: false }) };
    const before = await diagnose(env, mac.options, mac.seams);
    expect(before).toMatchObject({ usable: true, host: { state: 'to be made' }, facts: { askedIn: 'this process' } });
    expect(await mac.runs()).toEqual([]);
    await rm(join(mac.root, 'codesign'));
    expect(await diagnose(env, mac.options, mac.seams)).toMatchObject({
      usable: false,
      host: { state: 'impossible' },
      problems: [{ path: 'codesign' }],
    });
  });

  it('finds the host that was made', async () => {
    await using mac = await StandInMac.make();
    const env = { VMRS_APPLEVZ_ADDON: await addon({ entitled: false }) };
    await prepare({ node: undefined, json: true }, { out: () => {}, err: () => {}, env: {} }, mac.options, mac.seams);
    const { host, facts, problems } = await diagnose(env, mac.options, mac.seams);
    expect(host).toMatchObject({ state: 'ready', path: expect.stringContaining(mac.hosts) });
    // The addon of this test says so in every process.
    expect(facts).toMatchObject({ askedIn: 'the host', entitled: false });
    expect(problems).toMatchObject([{ path: 'host' }]);
  });
});

describe('vmrs-applevz prepare', () => {
  it('tells what to do where it cannot be', async () => {
    const { code, err } = await cli(['prepare']);
    expect(code).toBe(1);
    expect(err).toMatch(/^PREFLIGHT_FAILED\n {2}platform: host programs are prepared on macOS only\n {4}what to do: /);
  });

  it('tells each step, or prints one document', async () => {
    await using mac = await StandInMac.make();
    const said: string[] = [];
    const terminal = { out: (text: string) => void said.push(text), err: () => {}, env: {} };
    expect(await prepare({ node: mac.node, json: false }, terminal, mac.options, mac.seams)).toBe(0);
    const text = said.splice(0).join('');
    for (const step of ['inspect', 'copy', 'sign', 'self-test', 'publish'])
      expect(text).toMatch(RegExp(`^${step} `, 'm'));
    expect(text).toMatch(/host {2}.*vmrs-applevz-host\n$/);
    expect(await prepare({ node: undefined, json: true }, terminal, mac.options, mac.seams)).toBe(0);
    expect(JSON.parse(said.join(''))).toMatchObject({ reused: true, node: { executable: mac.node } });
  });
});

describe('vmrs-applevz install-rosetta', () => {
  it('has it installed, unless it is', async () => {
    const env = { VMRS_APPLEVZ_ADDON: await addon() };
    expect(await cli(['install-rosetta'], env)).toMatchObject({ code: 0, out: 'Rosetta was installed\n' });
    await addon({ rosetta: 'installed' });
    expect(await cli(['install-rosetta'], env)).toMatchObject({ code: 0, out: 'Rosetta is installed\n' });
  });

  it('ends with 1 where there is none, and when macOS refuses', async () => {
    const env = { VMRS_APPLEVZ_ADDON: await addon({ rosetta: 'unsupported' }) };
    expect(await cli(['install-rosetta'], env)).toMatchObject({
      code: 1,
      err: expect.stringContaining('needs macOS 13'),
    });
    await addon({}, 'async () => { throw new Error("the user said no"); }');
    expect(await cli(['install-rosetta'], env)).toMatchObject({ code: 1, err: 'Error\n  the user said no\n' });
  });
});
