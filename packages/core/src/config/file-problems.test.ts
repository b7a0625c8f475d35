import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, readdirSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeHost } from './fixtures/host.ts';

const MKFIFO = 'mkfifo';
let host: FakeHost;

beforeEach(() => {
  host = new FakeHost();
});

describe('paths', () => {
  const fields = ['kernel', 'initramfs', 'rootDisk', 'dataDisk', 'efiVariableStore', 'serialLog'] as const;

  it.each(fields)('are checked in %s', async (field) => {
    for (const [path, words] of [
      ['some/file', 'must be absolute'],
      ['/tmp/a\0b', 'NUL'],
      ['/tmp/a\nb', 'line breaks'],
      ['/tmp/\ud800', 'not valid Unicode'],
    ] as const) {
      await host.expectProblem({ [field]: path }, field, words);
    }
  });

  it('are checked in lists too', async () => {
    await host.expectProblem(
      { sharedDirs: [{ hostPath: './src', tag: 'src' }] },
      'sharedDirs[0].hostPath',
      'must be absolute',
    );
    await host.expectProblem(
      { networks: [{ type: 'socket', path: 'x.sock' }] },
      'networks[0].path',
      'must be absolute',
    );
  });

  it('of sockets must fit into a socket address', async () => {
    const path = `/tmp/${'x'.repeat(120)}`;
    await host.expectProblem(
      { networks: [{ type: 'socket', path }] },
      'networks[0].path',
      /125 bytes long; this platform allows 10[37]/,
    );
  });
});

describe('files', () => {
  it('must exist', async () => {
    const missing = host.path('missing');
    await host.expectProblem({ kernel: missing }, 'kernel', `'${missing}' does not exist`);
    await host.expectProblem({ rootDisk: missing }, 'rootDisk', 'does not exist');
    await host.expectProblem({ kernel: `${host.kernel}/x` }, 'kernel', 'not a directory');
    await host.expectProblem({ kernel: host.path('caf\ufffd') }, 'kernel', 'if its name is not UTF-8');
  });

  it('may be missing where the VM makes them: the variable store, in a folder that can take it', async () => {
    const uefi = { kernel: undefined, initramfs: undefined, rootDisk: host.disk };
    expect(await host.problemsOf({ ...uefi, efiVariableStore: host.path('nvram') })).toEqual([]);
    await host.expectProblem(
      { ...uefi, efiVariableStore: host.path('none/nvram') },
      'efiVariableStore',
      'its folder cannot take it',
    );
  });

  it('must not be directories, devices, or empty', async () => {
    await host.expectProblem({ kernel: host.share }, 'kernel', 'is a directory; it must be a file');
    await host.expectProblem({ initramfs: host.share }, 'initramfs', 'is a directory');
    await host.expectProblem({ rootDisk: '/dev/null' }, 'rootDisk', 'is not a regular file');
    await host.expectProblem({ dataDisk: host.file('empty', '') }, 'dataDisk', 'is empty');
  });

  it('are not opened when opening would wait', async () => {
    const fifo = host.path('fifo');
    execFileSync(MKFIFO, [fifo]);
    await host.expectProblem({ kernel: fifo }, 'kernel', 'is not a regular file');
  });

  it('must be a kernel where one belongs', async () => {
    await host.expectProblem(
      { kernel: host.file('text', 'this is no kernel\n'.repeat(100)) },
      'kernel',
      'is not a kernel image',
    );
    await host.expectProblem({ kernel: host.file('short', 'x') }, 'kernel', 'is not a kernel image');
  });

  it('are looked at, not read: a disk of 10 GB costs nothing', async () => {
    truncateSync(host.disk, 10 * 1024 ** 3);
    truncateSync(host.kernel, 10 * 1024 ** 3);
    const begun = performance.now();
    expect(await host.problemsOf({ rootDisk: host.disk })).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(500);
  });

  it('must not be used twice, under whatever name', async () => {
    await host.expectProblem({ rootDisk: host.disk, dataDisk: host.disk }, 'dataDisk', 'is the same file as rootDisk');
    symlinkSync(host.disk, host.path('symlink'));
    await host.expectProblem(
      { rootDisk: host.disk, dataDisk: host.path('symlink') },
      'dataDisk',
      'is the same file as rootDisk',
    );
    linkSync(host.disk, host.path('hardlink'));
    await host.expectProblem(
      { rootDisk: host.disk, seedIso: host.path('hardlink') },
      'seedIso',
      'is the same file as rootDisk',
    );
    await host.expectProblem(
      { rootDisk: host.disk, serialLog: host.disk },
      'serialLog',
      'is the same file as rootDisk',
    );
  });

  it('that cannot be read or written are told apart from missing ones', async () => {
    chmodSync(host.folder, 0o755);
    const secret = host.file('secret', '\x7fELF');
    chmodSync(secret, 0o000);
    const readOnly = host.file('read-only.img', 'disk');
    chmodSync(readOnly, 0o444);
    const closed = host.directory('closed');
    chmodSync(closed, 0o700);
    chmodSync(host.share, 0o555);
    const problems = checkedByNobody({
      name: 'web',
      kernel: secret,
      rootDisk: readOnly,
      dataDisk: join(closed, 'disk.img'),
      serialLog: join(host.share, 'serial.log'),
    });
    expect(problems.map(({ path }) => path).toSorted()).toEqual(['dataDisk', 'kernel', 'rootDisk', 'serialLog']);
    for (const { message, fix } of problems) {
      expect(message).toMatch(/permission denied|does not exist/);
      if (message.includes('denied')) expect(fix).toContain('access');
    }
  });
});

/** The configuration as checked by a process without privileges: root may read and write everything. */
function checkedByNobody(config: object): { path: string; message: string; fix?: string }[] {
  const program = `
    const { checkConfig } = await import(process.argv[1]);
    const check = (config) => checkConfig(config, { serialLog: () => '/x' });
    // Loads everything, which nobody may not.
    await check({});
    if (process.getuid() === 0) {
      process.setgroups([]);
      process.setgid(65534);
      process.setuid(65534);
    }
    const { problems } = await check(JSON.parse(process.argv[2]));
    process.stdout.write(JSON.stringify(problems));`;
  const args = [
    '--input-type=module',
    '-e',
    program,
    new URL('./index.ts', import.meta.url).href,
    JSON.stringify(config),
  ];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env: {} }));
}

describe('the serial log', () => {
  it('may exist already, and may not', async () => {
    expect(await host.problemsOf({ serialLog: host.file('serial.log', 'old') })).toEqual([]);
    expect(await host.problemsOf({ serialLog: host.path('new.log') })).toEqual([]);
    expect(readdirSync(host.folder)).not.toContain('new.log');
  });

  it('needs a folder, and must be a file', async () => {
    await host.expectProblem(
      { serialLog: host.path('no/serial.log') },
      'serialLog',
      'its folder cannot take it: .*does not exist',
    );
    await host.expectProblem(
      { serialLog: join(host.kernel, 'serial.log') },
      'serialLog',
      'its folder cannot take it: .*is not a directory',
    );
    await host.expectProblem({ serialLog: host.share }, 'serialLog', 'is a directory');
    await host.expectProblem({ serialLog: '/dev/null' }, 'serialLog', 'is not a regular file');
  });
});
