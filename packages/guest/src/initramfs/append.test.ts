import { describe, expect, it } from 'vitest';
import { readNewc } from '../../test/newc-reader.ts';
import { NewcWriter } from '../cpio/newc-writer.ts';
import { GuestError } from '../errors/guest-error.ts';
import { appendToInitramfs, workloadFiles } from './append.ts';

describe('appendToInitramfs', () => {
  it('adds files that only root can read, without touching the given image', () => {
    const base = new NewcWriter().file('init', '#!').finish();
    const before = Buffer.from(base);
    const image = appendToInitramfs(base, [{ path: '/etc/vmrs/token', body: 'hush' }]);
    const added = readNewc(image).find(({ name }) => name === 'etc/vmrs/token');
    expect(added?.mode.toString(8)).toBe('100600');
    expect(added?.body.toString()).toBe('hush');
    expect(readNewc(image)[0]?.name).toBe('init');
    expect(base.equals(before)).toBe(true);
  });

  it.each([1, 2, 3, 4])('begins at a multiple of four bytes after a compressed image of %i odd bytes', (odd) => {
    const image = appendToInitramfs(Buffer.alloc(512 + odd, 1), [{ path: 'a', body: '' }]);
    expect(image.indexOf('070701') % 4).toBe(0);
  });

  it('refuses a path that leaves the image', () => {
    expect(() => appendToInitramfs(Buffer.alloc(0), [{ path: '../etc/passwd', body: '' }])).toThrow(GuestError);
  });
});

describe('workloadFiles', () => {
  const contents = (files: ReturnType<typeof workloadFiles>) =>
    Object.fromEntries(files.map(({ path, body }) => [path, body]));

  it('keeps every word as it is', () => {
    const words = ['/bin/echo', 'a b', '', '$(reboot)', "it's", 'two\nlines', 'comma,separated'];
    const files = workloadFiles({ argv: words, env: { A: '1 2', B: '' }, cwd: '/srv' });
    expect(contents(files)).toEqual({
      '/etc/vmrs/workload/argv': words.map((word) => `${word}\0`).join(''),
      '/etc/vmrs/workload/env': 'A=1 2\0B=\0',
      '/etc/vmrs/workload/cwd': '/srv\0',
    });
    expect(files.every(({ mode }) => mode === undefined)).toBe(true);
  });

  it('lists everything that is wrong', () => {
    const wrong = { argv: ['-x', 'a\0b'], env: { '1A': '', B: '\0' }, cwd: 'tmp' };
    expect(() => workloadFiles(wrong)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', problems: expect.any(Array) }),
    );
    try {
      workloadFiles(wrong);
    } catch (error) {
      expect(error instanceof GuestError && error.problems).toHaveLength(5);
    }
  });

  it.each([[[]], [['']], [['A=1']]])('refuses the program in %j', (argv) => {
    expect(() => workloadFiles({ argv })).toThrow(GuestError);
  });
});
