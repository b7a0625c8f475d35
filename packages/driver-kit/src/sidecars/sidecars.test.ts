import { describe, expect, it } from 'vitest';
import type { Virtiofsd } from '../host/virtiofsd.ts';
import { isListening } from '../sockets/wait-listening.ts';
import { virtiofsdCommand } from './virtiofsd.ts';

const share = {
  tag: 'data',
  hostPath: '/srv/a,b\\c',
  readOnly: false,
  socket: '/run/v.sock',
} as const;
const rust: Virtiofsd = {
  path: '/usr/libexec/virtiofsd',
  version: '1.13',
  dialect: 'rust',
  readOnly: { by: 'switch' },
};
const c: Virtiofsd = {
  path: '/usr/lib/qemu/virtiofsd',
  version: '7.2',
  dialect: 'c',
  readOnly: { by: 'namespace', unshare: '/usr/bin/unshare' },
};

describe('virtiofsdCommand', () => {
  it('speaks to the Rust daemon', () => {
    expect(virtiofsdCommand(rust, share, { role: 'virtiofsd-1', sandbox: 'chroot' })).toEqual({
      role: 'virtiofsd-1',
      file: rust.path,
      args: ['--socket-path=/run/v.sock', '--shared-dir=/srv/a,b\\c', '--sandbox=chroot'],
    });
    expect(
      virtiofsdCommand(rust, { ...share, readOnly: true }, { role: 'virtiofsd-0', sandbox: 'namespace' }).args,
    ).toContain('--readonly');
  });

  it('speaks to the C daemon, whose lists take a backslash before a comma', () => {
    expect(virtiofsdCommand(c, share, { role: 'virtiofsd-0', sandbox: 'namespace' }).args).toEqual([
      ...['-f', '--socket-path=/run/v.sock', '-o', 'source=/srv/a\\,b\\\\c', '-o', 'sandbox=namespace'],
    ]);
  });

  it('runs the C daemon where the folder is read-only, with the path as a parameter of a fixed script', () => {
    const { file, args } = virtiofsdCommand(
      c,
      { ...share, readOnly: true },
      { role: 'virtiofsd-0', sandbox: 'namespace' },
    );
    expect(file).toBe('/usr/bin/unshare');
    expect(args.slice(0, 6)).toEqual(['--mount', '--propagation', 'private', '--', '/bin/sh', '-c']);
    expect(args[6]).not.toContain('/srv');
    expect(args.slice(7, 10)).toEqual(['sh', '/srv/a,b\\c', c.path]);
  });

  it('runs the daemon again after each connection where that is asked for, by a fixed script', () => {
    const { file, args } = virtiofsdCommand(rust, share, { role: 'virtiofsd-0', sandbox: 'namespace', again: true });
    expect([file, args[0], args[2]]).toEqual(['/bin/sh', '-c', 'vmrs-again']);
    expect(args[1]).not.toContain('/srv');
    expect(args.slice(3)).toEqual([
      rust.path,
      '--socket-path=/run/v.sock',
      '--shared-dir=/srv/a,b\\c',
      '--sandbox=namespace',
    ]);
  });

  it('never serves a read-only share by a daemon that could write', () => {
    expect(() =>
      virtiofsdCommand(
        { ...c, readOnly: null },
        { ...share, readOnly: true },
        { role: 'virtiofsd-0', sandbox: 'namespace' },
      ),
    ).toThrow(TypeError);
  });
});

describe('isListening', () => {
  const LISTING = [
    'Num       RefCount Protocol Flags    Type St Inode Path',
    '000000005c6e20ba: 00000002 00000000 00010000 0001 01 67452 /run/v.sock',
    '00000000aaaaaaaa: 00000002 00000000 00000000 0001 01 67453 /run/bound-only.sock',
    '00000000bbbbbbbb: 00000003 00000000 00000000 0001 03 67454',
    `00000000cccccccc: 00000002 00000000 00010000 0001 01     1 /run/with space é.sock`,
  ].join('\n');

  it('knows a socket that listens from one that is only bound', () => {
    const listing = Buffer.from(LISTING, 'utf8').toString('latin1');
    expect(isListening(listing, '/run/v.sock')).toBe(true);
    expect(isListening(listing, '/run/bound-only.sock')).toBe(false);
    expect(isListening(listing, '/run/with space é.sock')).toBe(true);
    expect(isListening(listing, '/run/v')).toBe(false);
  });
});
