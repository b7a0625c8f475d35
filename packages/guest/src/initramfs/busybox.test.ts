import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { elfBusybox, elfKernel } from '../../test/elf.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { busyboxFromFile, checkBusybox, findHostBusybox } from './busybox.ts';

describe('checkBusybox', () => {
  it('takes a static busybox and tells its version', () => {
    expect(checkBusybox(elfBusybox(), 'x86_64', 'busybox').version).toBe('1.35.0');
  });

  it.each([
    ['a dynamic one', elfBusybox({ dynamic: true }), 'BUSYBOX_NOT_STATIC'],
    ['one for another architecture', elfBusybox({ machine: 'aarch64' }), 'BAD_FORMAT'],
    ['one that is too old for the init', elfBusybox({ version: '1.30.1' }), 'UNSUPPORTED'],
    ['another program', elfKernel(), 'BAD_FORMAT'],
    ['a script', Buffer.from('#!/bin/sh\n'.repeat(20)), 'BAD_FORMAT'],
  ])('refuses %s', (_, body, code) => {
    expect(() => checkBusybox(body, 'x86_64', 'busybox')).toThrow(expect.objectContaining({ code }));
  });

  it('says which file is missing', async () => {
    await expect(busyboxFromFile('/nonexistent/busybox', 'x86_64')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('findHostBusybox', () => {
  it('passes over a dynamic one for a static one further down the PATH', async () => {
    await using folder = await temporaryFolder();
    const paths = await Promise.all(
      [elfBusybox({ dynamic: true }), elfBusybox({ version: '1.37.0' })].map(async (body, index) => {
        const path = join(folder.path, String(index), 'busybox');
        await mkdir(join(folder.path, String(index)));
        await writeFile(path, body);
        await chmod(path, 0o755);
        return path;
      }),
    );
    const searchPath = ['relative', '/nonexistent', ...paths.map((path) => join(path, '..'))].join(delimiter);
    expect(await findHostBusybox('x86_64', searchPath)).toBe(paths[1]);
  });
});
