import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { hostProgram, skipNote } from '../../test/host-program.ts';
import { readNewc } from '../../test/newc-reader.ts';
import { NewcWriter } from './newc-writer.ts';

function sample(): Buffer {
  return new NewcWriter()
    .file('etc/secret', 'hush', 0o600)
    .symlink('bin/sh', 'busybox')
    .charDevice('dev/console', 5, 1)
    .fifo('run/pipe')
    .dir('tmp', 0o1777)
    .finish();
}

const busybox = hostProgram('busybox');

describe('NewcWriter', () => {
  it('writes a header field by field as the kernel documents it', () => {
    const [head] = [new NewcWriter().file('a', 'xy', 0o640).finish()];
    const fields = ['00000001', '000081a0', '00000000', '00000000', '00000001', '00000000', '00000002'];
    const rest = ['00000000', '00000000', '00000000', '00000000', '00000002', '00000000'];
    expect(head?.toString('latin1', 0, 116)).toBe(`070701${[...fields, ...rest].join('')}a\0xy\0\0`);
    expect(head?.length).toBe(512);
  });

  it("keeps kinds, permissions and contents, adds parents, and makes everything root's", () => {
    const entries = readNewc(sample());
    expect(entries.map(({ name, mode }) => [name, mode.toString(8)])).toEqual([
      ['etc', '40755'],
      ['etc/secret', '100600'],
      ['bin', '40755'],
      ['bin/sh', '120777'],
      ['dev', '40755'],
      ['dev/console', '20600'],
      ['run', '40755'],
      ['run/pipe', '10600'],
      ['tmp', '41777'],
    ]);
    expect(entries.find(({ name }) => name === 'dev/console')?.device).toEqual([5, 1]);
    expect(entries.find(({ name }) => name === 'bin/sh')?.body.toString()).toBe('busybox');
    expect(new Set(entries.flatMap(({ uid, mtime }) => [uid, mtime]))).toEqual(new Set([0]));
  });

  it('gives the same bytes for the same calls', () => {
    expect(sample().equals(sample())).toBe(true);
  });

  it.skipIf(busybox === undefined)(`is read by busybox${skipNote(busybox, 'busybox')}`, () => {
    const listing = execFileSync(busybox ?? '', ['cpio', '-itv'], {
      input: sample(),
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    expect(listing).toMatch(/^-rw------- .* etc\/secret$/m);
    expect(listing).toMatch(/^crw------- .* dev\/console$/m);
    expect(listing).toMatch(/^lrwxrwxrwx .* bin\/sh -> busybox$/m);
    expect(listing).toMatch(/^prw------- .* run\/pipe$/m);
  });

  it.each(['', '/', 'a/../b', './a', 'a//b', 'a\0b'])('refuses the path %j', (path) => {
    expect(() => new NewcWriter().file(path, '')).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });

  it('refuses the same file twice, but not the same directory', () => {
    const cpio = new NewcWriter().dir('etc').dir('etc/').file('etc/a', '');
    expect(() => cpio.file('/etc/a', '')).toThrow('"etc/a" is in the archive twice');
  });
});
