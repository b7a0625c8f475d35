import { chmod, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isVmError } from '@vmrs/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { grantedEntitlements } from './entitlement.ts';
import { readMachOLayout } from './executable-layout.ts';
import { dylib, machO, rpath } from './fixtures/mach-o-bytes.ts';
import { StandInMac } from './fixtures/stand-in-mac.ts';
import { findPreparedHost, prepareHost } from './prepare-host.ts';
import type { PrepareSeams } from './prepare-options.ts';
import type { PreparedHost, PrepareStep } from './prepared-host.ts';

let mac: StandInMac;

beforeEach(async () => {
  mac = await StandInMac.make();
});

afterEach(() => mac[Symbol.asyncDispose]());

const names = ({ steps }: PreparedHost): readonly string[] => steps.map(({ name }) => name);
const ALL_STEPS = ['inspect', 'copy', 'libraries', 'quarantine', 'sign', 'check-signature', 'self-test', 'publish'];

/** What a preparation refuses, and that it leaves nothing. */
async function refusal(seams: PrepareSeams = {}): Promise<string> {
  const error: unknown = await mac.prepare({}, seams).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!isVmError(error, 'PREFLIGHT_FAILED')) throw error;
  expect(error.details.problems).toHaveLength(1);
  expect(error.driver).toBe('applevz');
  expect((await readdir(mac.hosts).catch(() => [])).filter((name) => name.startsWith('.'))).toEqual([]);
  return error.message;
}

describe('prepareHost', () => {
  it('makes a signed copy that is entitled, and leaves the original as it was', async () => {
    const before = await readFile(mac.node);
    const told: PrepareStep[] = [];
    const host = await mac.prepare({ onStep: (step) => told.push(step) });
    expect(host).toMatchObject({ reused: false, node: { executable: mac.node, arch: 'arm64' } });
    expect(names(host)).toEqual(ALL_STEPS);
    expect(told).toEqual(host.steps);
    expect(host.executable).toBe(join(mac.hosts, host.key, 'bin', 'vmrs-applevz-host'));
    expect(grantedEntitlements((await readFile(host.executable, 'utf8')).split('#SIGNATURE#')[1] ?? '')).toEqual([
      'com.apple.security.virtualization',
    ]);
    expect(await readFile(mac.node)).toEqual(before);
    expect((await stat(host.executable)).ino).not.toBe((await stat(mac.node)).ino);
    expect(await mac.runs()).toEqual(['xattr', 'codesign', 'codesign', 'host']);
  });

  it('keeps everything to its user', async () => {
    const { executable } = await mac.prepare();
    for (const folder of [join(mac.root, 'cache'), mac.hosts, dirname(dirname(executable)), dirname(executable)]) {
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
    expect((await stat(executable)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dirname(dirname(executable)), 'host.json'))).mode & 0o777).toBe(0o600);
  });

  it('uses what is there, without running anything', async () => {
    const first = await mac.prepare();
    await rm(join(mac.root, 'runs'));
    const second = await mac.prepare();
    expect(second).toMatchObject({ reused: true, executable: first.executable, key: first.key });
    expect(names(second)).toEqual(['inspect', 'reuse']);
    expect(await mac.runs()).toEqual([]);
  });

  it('copies a real executable of the size of node', async () => {
    await mac.useRealNode();
    const host = await mac.prepare();
    expect(host.node.size).toBe((await stat(process.execPath)).size);
    expect((await mac.prepare()).reused).toBe(true);
  });

  it('makes another copy when the node, its version or a library is another', async () => {
    const first = await mac.prepare();
    await writeFile(mac.node, `${await readFile(mac.node, 'utf8')}# newer\n`);
    const second = await mac.prepare();
    const self = { execPath: mac.node, arch: 'arm64', versions: { node: '99.0.0' } };
    const third = await mac.prepare({}, { self });
    expect(new Set([first.key, second.key, third.key]).size).toBe(3);
    expect(first.key).toMatch(/^[0-9a-f]{64}$/);
  });

  it('finds what is there, or that nothing is, and makes nothing', async () => {
    expect(await findPreparedHost(mac.options, mac.seams)).toBeNull();
    await expect(readdir(mac.hosts)).rejects.toMatchObject({ code: 'ENOENT' });
    const { key } = await mac.prepare();
    expect(await findPreparedHost(mac.options, mac.seams)).toMatchObject({ key, reused: true });
  });

  it('carries the libraries of a stub along as links', async () => {
    // The stub of Homebrew as dyld sees it; what runs in its place is the small node.
    const stub = machO({
      commands: [dylib('@rpath/libnode.137.dylib'), rpath('@loader_path'), rpath('@loader_path/../lib')],
    });
    const library = join(mac.root, 'node/lib/libnode.137.dylib');
    await mkdir(dirname(library));
    await writeFile(library, machO({ type: 6 }));
    const twin = join(dirname(mac.node), 'stub');
    await writeFile(twin, stub);
    const seams: PrepareSeams = { readLayout: (file, arch) => readMachOLayout(file === mac.node ? twin : file, arch) };
    const host = await mac.prepare({}, seams);
    const link = join(mac.hosts, host.key, 'lib', 'libnode.137.dylib');
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readFile(link)).toEqual(await readFile(library));
    expect((await mac.prepare({}, seams)).reused).toBe(true);
    // Another build of the library under the same path is another host.
    await writeFile(library, machO({ type: 6, commands: [rpath('/new')] }));
    expect((await mac.prepare({}, seams)).key).not.toBe(host.key);
    await rm(library);
    expect(await refusal(seams)).toMatch(
      /its library '@rpath\/libnode\.137\.dylib' is missing \(looked for at .*reinstall that node/,
    );
  });

  it.each([
    ['whose executable is cut off', (host: string) => writeFile(join(host, 'bin/vmrs-applevz-host'), 'x')],
    ['whose executable is gone', (host: string) => rm(join(host, 'bin'), { recursive: true })],
    ['whose executable lost its mode', (host: string) => chmod(join(host, 'bin/vmrs-applevz-host'), 0o600)],
    ['without a record', (host: string) => rm(join(host, 'host.json'))],
    ['with half a record', (host: string) => writeFile(join(host, 'host.json'), '{"version": 1, "key"')],
    [
      'with the record of another',
      (host: string) => writeFile(join(host, 'host.json'), '{"version":1,"key":"a","links":[]}'),
    ],
    ['that is a file', (host: string) => rm(host, { recursive: true }).then(() => writeFile(host, 'x'))],
    ['that is empty', (host: string) => rm(host, { recursive: true }).then(() => mkdir(host))],
  ])('makes a folder anew %s', async (_, damage) => {
    const { key, executable } = await mac.prepare();
    await damage(join(mac.hosts, key));
    expect(await findPreparedHost(mac.options, mac.seams)).toBeNull();
    const again = await mac.prepare();
    expect(again).toMatchObject({ reused: false, executable });
    expect((await mac.prepare()).reused).toBe(true);
    expect(await readdir(mac.hosts)).toEqual([key]);
  });

  it('lifts the quarantine, or goes on when that cannot be', async () => {
    await writeFile(join(mac.root, 'quarantined'), '');
    const lifted = await mac.prepare();
    expect(lifted.steps.find(({ name }) => name === 'quarantine')?.detail).toBe('removed');
    await rm(join(mac.hosts, lifted.key), { recursive: true });
    await mac.trouble({ xattr: 'echo "xattr: Operation not permitted" >&2; exit 1' });
    const kept = await mac.prepare();
    expect(kept.steps.find(({ name }) => name === 'quarantine')?.detail).toMatch(/not removed: .*not permitted/);
  });

  it('gives up when told to, whatever it does at the time, and leaves nothing', async () => {
    await mac.trouble({ codesign: 'exec sleep 600' });
    const caller = new AbortController();
    const reason = new Error('no longer wanted');
    const preparing = mac.prepare({
      signal: caller.signal,
      onStep: ({ name }) => {
        if (name === 'quarantine') setImmediate(() => caller.abort(reason));
      },
    });
    await expect(preparing).rejects.toBe(reason);
    expect(await readdir(mac.hosts)).toEqual([]);
    await expect(mac.prepare({ signal: caller.signal })).rejects.toBe(reason);
  });

  it('is a mistake of the caller with paths that cannot be meant', async () => {
    await expect(prepareHost({ node: '' })).rejects.toThrow(TypeError);
    await expect(prepareHost({ tools: { codesign: 'codesign' } })).rejects.toThrow('tools.codesign');
  });
});

describe('prepareHost says what to do', () => {
  it('elsewhere than on macOS', async () => {
    expect(await refusal({ platform: 'linux' })).toMatch(/on macOS only.*hostPath/);
  });

  it('without codesign', async () => {
    await rm(join(mac.root, 'codesign'));
    expect(await refusal()).toMatch(/codesign' cannot sign .*could not be started \(ENOENT\).*xcode-select --install/);
  });

  it.each([
    [
      'the Command Line Tools',
      'echo "error: unable to find codesign_allocate" >&2; exit 1',
      /codesign_allocate.*\(install the Command Line Tools with `xcode-select --install`\)/,
    ],
    ['room on the disk', 'echo "x: No space left on device" >&2; exit 1', /free some space/],
    ['permission', 'echo "x: errSecInternalComponent" >&2; exit 1', /errSecInternalComponent.*managed Mac/],
    [
      'clean attributes',
      'echo "resource fork, Finder information, or similar detritus not allowed" >&2; exit 1',
      /xattr -c/,
    ],
  ])('when codesign lacks %s', async (_, codesign, words) => {
    await mac.trouble({ codesign });
    expect(await refusal()).toMatch(words);
  });

  it('when codesign never ends', async () => {
    await mac.trouble({ codesign: 'exec sleep 600' });
    expect(await refusal({ timeoutMs: 500 })).toMatch(/did not end within 500 ms.*try again/);
  });

  it('when codesign writes without end', async () => {
    await mac.trouble({ codesign: 'exec yes' });
    expect(await refusal()).toMatch(/did not end within 1048576 bytes/);
  });

  it.each([
    ['nothing', 'test "$1" = --force && exit 0', 'has: none'],
    [
      'more',
      'test "$1" = -d && { echo "<plist><dict><key>com.apple.security.virtualization</key><true/><key>com.apple.vm.networking</key><true/></dict></plist>"; exit 0; }',
      'has: com.apple.security.virtualization, com.apple.vm.networking',
    ],
  ])('when the signature grants %s', async (_, codesign, words) => {
    await mac.trouble({ codesign });
    expect(await refusal()).toContain(words);
  });

  it.each([
    [
      'is killed',
      'kill -9 $$',
      /ended with SIGKILL.*"Code Signature Invalid".*managed Macs.*hostPath.*Quarantine attribute: there was none/,
    ],
    [
      'misses a library',
      'echo "dyld[1]: Library not loaded: @rpath/libnode.dylib" >&2; exit 6',
      /Library not loaded.*reinstall it/,
    ],
    [
      'cannot load the addon',
      `echo '{"findings":[{"path":"/a.node","problem":"different Team IDs"}]}'; exit 1`,
      /cannot load the addon: '\/a\.node': different Team IDs.*xattr -dr/,
    ],
    [
      'finds no addon',
      `echo '{"findings":[{"path":"/a.node","problem":"there is no such file"}]}'; exit 1`,
      /no such file.*reinstall @vmrs\/applevz-addon/,
    ],
    ['says something else', 'echo hello', /does not run as a host: it ended with code 0: hello/],
    ['fails', 'echo "SyntaxError: no" >&2; exit 1', /ended with code 1: SyntaxError: no.*hostNode/],
  ])('when the copy %s', async (_, host, words) => {
    await mac.trouble({ host });
    expect(await refusal()).toMatch(words);
  });

  it('when macOS does not grant what is signed', async () => {
    const facts = {
      osVersion: '1',
      arch: 'arm64',
      builtWithSdk: '1',
      supported: true,
      entitled: false,
      mayBridge: false,
    };
    const numbers = { minCpus: 1, maxCpus: 1, minMemoryBytes: 1, maxMemoryBytes: 1 };
    const more = { rosetta: 'unsupported', nestedVirtualization: false, saveRestore: false, efi: true, vmnet: false };
    await mac.trouble({ host: `echo '${JSON.stringify({ facts: { ...facts, ...numbers, ...more } })}'` });
    expect(await refusal()).toMatch(/macOS does not grant it.*managed Mac/);
  });

  it('when others could put their programs into the cache', async () => {
    await mkdir(mac.hosts, { recursive: true });
    await chmod(mac.hosts, 0o777);
    expect(await refusal()).toMatch(/others may write to it \(mode 777\).*VMRS_CACHE/);
    await rm(mac.hosts, { recursive: true });
    await symlink('/tmp', mac.hosts);
    expect(await refusal()).toMatch(/it is not a folder/);
  });

  it('when a folder on the way is a file, with the cause', async () => {
    await writeFile(join(mac.root, 'cache'), 'x');
    expect(await refusal()).toMatch(/ENOTDIR.*a folder on the way is a file/);
  });

  it('with the name of the VM that wants it', async () => {
    await mac.trouble({ codesign: 'exit 1' });
    await expect(mac.prepare({ vm: 'web' })).rejects.toMatchObject({ vm: 'web' });
  });
});

describe('prepareHost cleans up', () => {
  const DAY_MS = 24 * 60 * 60 * 1000;

  async function age(path: string, ms: number): Promise<void> {
    const then = new Date(Date.now() - ms);
    await utimes(path, then, then);
  }

  /** An old host, of a node that is no longer there. */
  async function oldHost(): Promise<string> {
    const { key } = await mac.prepare();
    await rename(mac.node, `${mac.node}-old`);
    await writeFile(mac.node, `${await readFile(`${mac.node}-old`, 'utf8')}# newer\n`, { mode: 0o755 });
    return key;
  }

  it('hosts that nobody used for 30 days', async () => {
    const [old, recent] = [await oldHost(), await oldHost()];
    await age(join(mac.hosts, old), 31 * DAY_MS);
    await age(join(mac.hosts, recent), 29 * DAY_MS);
    const host = await mac.prepare();
    expect((await readdir(mac.hosts)).toSorted()).toEqual([recent, host.key].toSorted());
    expect(host.steps.at(-1)).toMatchObject({ name: 'clean-up', detail: `removed '${old}', not used for 31 days` });
  });

  it.each([
    ['one that runs', 'echo 4711; exit 0', 'it runs as process 4711'],
    ['one of which cannot be told whether it runs', 'echo "lsof: no" >&2; exit 1', 'whether it runs cannot be told'],
  ])('but not %s', async (_, lsof, words) => {
    const old = await oldHost();
    await age(join(mac.hosts, old), 31 * DAY_MS);
    await mac.trouble({ lsof });
    const host = await mac.prepare();
    expect(await readdir(mac.hosts)).toContain(old);
    expect(host.steps.at(-1)?.detail).toContain(words);
  });

  it('and counts every use', async () => {
    const { key } = await mac.prepare();
    await age(join(mac.hosts, key), 31 * DAY_MS);
    await mac.prepare();
    expect(Date.now() - (await stat(join(mac.hosts, key))).mtimeMs).toBeLessThan(DAY_MS);
  });

  it('what a preparation left that did not end, at the next use, once it is old enough to be nobody’s', async () => {
    const { key } = await mac.prepare();
    const abandoned = join(mac.hosts, `.${key}.0123456789ab.tmp`);
    const living = join(mac.hosts, `.${key}.ba9876543210.tmp`);
    const foreign = join(mac.hosts, '.somebody.tmp');
    for (const path of [abandoned, living, foreign]) await mkdir(join(path, 'bin'), { recursive: true });
    await age(abandoned, 61 * 60_000);
    await age(foreign, 400 * DAY_MS);
    await mac.prepare();
    expect((await readdir(mac.hosts)).toSorted()).toEqual(
      [key, `.${key}.ba9876543210.tmp`, '.somebody.tmp'].toSorted(),
    );
  });
});
