import { chmod, mkdtemp, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dylib, machO, segment } from './fixtures/mach-o-bytes.ts';
import { readLinuxLayout } from './fixtures/stand-in-mac.ts';
import { inspectNode, type NodeFacts, type RuntimeFacts } from './node-facts.ts';

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'vmrs-node-')));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  await chmod(path, 0o755);
  return path;
}

const answering = (facts: object): string => `#!/bin/sh\ncat <<'END'\n${JSON.stringify(facts)}\nEND\n`;
const inspect = (node: string, self: RuntimeFacts = process): Promise<NodeFacts> =>
  inspectNode(node, { self, readLayout: readLinuxLayout, vm: 'web' });

describe('inspectNode', () => {
  it('does not run the node that runs this', async () => {
    const node = await program('node', '#!/bin/sh\nexit 9\n');
    const self = { execPath: node, arch: 'arm64', versions: { node: '24.0.0' } };
    const { size, mtimeMs } = await stat(node);
    expect(await inspect(node, self)).toEqual({ executable: node, size, mtimeMs, version: '24.0.0', arch: 'arm64' });
  });

  it('asks another node, and follows links', async () => {
    const self = { execPath: '/bin/sh', arch: 'arm64', versions: { node: '24.0.0' } };
    await symlink(process.execPath, join(folder, 'node'));
    expect(await inspect(join(folder, 'node'), self)).toMatchObject({
      executable: await realpath(process.execPath),
      version: process.versions.node,
      arch: process.arch,
    });
  });

  it('follows the launcher of a version manager to the node that it starts', async () => {
    const launcher = await program('node', `#!/bin/sh\nexec '${process.execPath}' "$@"\n`);
    expect(await inspect(launcher)).toMatchObject({ executable: await realpath(process.execPath) });
  });

  it('calls a launcher by the name that was given', async () => {
    const launcher = await program('shim', `#!/bin/sh\ntest "\${0##*/}" = node && exec '${process.execPath}' "$@"\n`);
    await symlink(launcher, join(folder, 'node'));
    expect(await inspect(join(folder, 'node'))).toMatchObject({ version: process.versions.node });
  });

  it.each([
    ['electron', 'Electron'],
    ['Electron', 'Electron'],
    ['bun', 'Bun'],
    ['deno', 'Deno'],
  ])('refuses a program named %s without running it', async (name, what) => {
    const path = await program(name, `#!/bin/sh\ntouch '${folder}/ran'\n`);
    await expect(inspect(path)).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      vm: 'web',
      message: expect.stringContaining(`'${path}' is ${what}`),
    });
    await expect(stat(join(folder, 'ran'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    [
      'Electron',
      [dylib('@rpath/Electron Framework.framework/Electron Framework')],
      /is Electron, of which a copy .*sign the app/,
    ],
    ['Bun', [segment('__TEXT'), segment('__BUN')], /is Bun; VMs run in a process of Node\.js .*hostNode/],
    [
      'a single executable application',
      [segment('__TEXT'), segment('NODE_SEA')],
      /is an app with Node\.js in it, which runs nothing but itself .*hostNode/,
    ],
  ])('knows %s by its contents, this program too,', async (_, commands, words) => {
    const path = await program('app', machO({ commands }));
    await expect(inspect(path)).rejects.toThrow(words);
    const self = { execPath: path, arch: 'arm64', versions: { node: '24.0.0' } };
    await expect(inspect(path, self)).rejects.toThrow(words);
  });

  it.each([
    ['electron', { node: '24.0.0', electron: '40.1.0' }, 'is Electron 40.1.0'],
    ['bun', { node: '24.0.0', bun: '2.0.0' }, 'is Bun 2.0.0'],
    ['deno', { node: '24.0.0', deno: '3.0.0' }, 'is Deno 3.0.0'],
    ['an app made with pkg', { node: '24.0.0', pkg: '6.0.0' }, 'is an app with Node.js in it'],
  ])('knows %s by what it says of itself, of this process too', async (_, versions, words) => {
    const path = join(folder, 'runtime');
    await program('runtime', answering({ execPath: path, arch: 'arm64', versions }));
    await expect(inspect(path)).rejects.toThrow(words);
    await expect(inspect(path, { execPath: path, arch: 'arm64', versions })).rejects.toThrow(words);
  });

  it.each([
    ['22.17.1', true],
    ['20.20.2', true],
    ['22.18.0', false],
    ['24.0.0', false],
    ['100.0.0', false],
  ])('takes Node.js %s for too old: %s', async (version, old) => {
    const path = await program('node', 'x');
    const found = inspect(path, { execPath: path, arch: 'arm64', versions: { node: version } });
    if (old) await expect(found).rejects.toThrow(`is Node.js ${version}; the host program needs 22.18 or later`);
    else await expect(found).resolves.toMatchObject({ version });
  });

  it.each([
    ['answers otherwise', 'echo hello', /does not answer as a Node\.js does; it answers: hello/],
    ['fails', 'echo no >&2; exit 3', /it ended with code 3: no/],
    ['answers half', 'echo "{\\"execPath\\": 1}"', /does not answer as a Node\.js/],
  ])('refuses a program that %s', async (_, script, words) => {
    await expect(inspect(await program('node', `#!/bin/sh\n${script}\n`))).rejects.toThrow(words);
  });

  it('says when there is no such file, or no program', async () => {
    await expect(inspect(join(folder, 'node'))).rejects.toThrow(/there is no '.*hostNode/);
    await writeFile(join(folder, 'text'), 'x');
    await expect(inspect(join(folder, 'text'))).rejects.toThrow('is not an executable file');
  });
});
