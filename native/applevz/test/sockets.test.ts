import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, fstatSync, readlinkSync, readSync, writeSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeAddon, loadFakeAddon } from './support/fake-addon.ts';

let fake: FakeAddon;
let dir: string;
let open: number[];

beforeAll(async () => {
  fake = await loadFakeAddon();
}, 300_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vmrs-avs-'));
  open = [];
});

afterEach(async () => {
  for (const fd of open) closeSync(fd);
  await rm(dir, { recursive: true, force: true });
});

/** Whether a program that is started now would have the descriptor. */
async function isInherited(fd: number): Promise<boolean> {
  const own = readlinkSync(`/proc/self/fd/${fd}`);
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', 'ls -l /proc/self/fd']);
  return stdout.includes(own);
}

describe('datagramPair', () => {
  it('makes two sockets that carry frames both ways, one per datagram', async () => {
    const pair = fake.addon.datagramPair();
    open.push(...pair);
    const [machine, peer] = pair;
    expect(fstatSync(machine).isSocket()).toBe(true);
    writeSync(machine, 'one');
    writeSync(machine, 'two');
    const buffer = Buffer.alloc(100);
    expect(buffer.toString('utf8', 0, readSync(peer, buffer))).toBe('one');
    expect(buffer.toString('utf8', 0, readSync(peer, buffer))).toBe('two');
    writeSync(peer, 'back');
    expect(buffer.toString('utf8', 0, readSync(machine, buffer))).toBe('back');
    for (const fd of pair) expect(await isInherited(fd)).toBe(false);
  });
});

describe('pipe', () => {
  it('carries bytes from its second end to its first', async () => {
    const pair = fake.addon.pipe();
    open.push(...pair);
    const [read, write] = pair;
    writeSync(write, 'bytes');
    const buffer = Buffer.alloc(100);
    expect(buffer.toString('utf8', 0, readSync(read, buffer))).toBe('bytes');
    expect(await isInherited(read)).toBe(false);
    expect(await isInherited(write)).toBe(false);
  });
});

describe('connectDatagram', () => {
  it('exchanges frames with the program at the other path', async () => {
    const [remote, local] = [join(dir, 'remote'), join(dir, 'local')];
    // Perl, as Node.js has no such sockets: says when it is there, and gives one frame back to where it came from.
    const program = `use Socket; socket(S, PF_UNIX, SOCK_DGRAM, 0) or die; bind(S, pack_sockaddr_un($ARGV[0])) or die;
      $| = 1; print "there\\n"; my $from = recv(S, my $frame, 100, 0); send(S, "back: $frame", 0, $from) or die;`;
    const child = spawn('perl', ['-e', program, remote], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const fd = fake.addon.connectDatagram(remote, local);
    open.push(fd);
    writeSync(fd, 'frame');
    const buffer = Buffer.alloc(100);
    expect(buffer.toString('utf8', 0, readSync(fd, buffer))).toBe('back: frame');
    expect(await isInherited(fd)).toBe(false);
  });

  it('fails with the code of the system, and leaves nothing behind', () => {
    const local = join(dir, 'local');
    expect(() => fake.addon.connectDatagram(join(dir, 'none'), local)).toThrow(
      expect.objectContaining({ code: 'ENOENT', syscall: 'connect', message: expect.stringContaining('none') }),
    );
    expect(existsSync(local)).toBe(false);
  });

  it('takes no path that is in use, and leaves that alone', async () => {
    const local = join(dir, 'local');
    await writeFile(local, 'of another');
    expect(() => fake.addon.connectDatagram(join(dir, 'none'), local)).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE', syscall: 'bind' }),
    );
    expect(existsSync(local)).toBe(true);
  });

  it('refuses paths that no socket can have', () => {
    expect(() => fake.addon.connectDatagram(join(dir, 'none'), `/${'x'.repeat(200)}`)).toThrow(
      expect.objectContaining({ code: 'ENAMETOOLONG' }),
    );
    expect(() => fake.addon.connectDatagram('relative', join(dir, 'local'))).toThrow(TypeError);
  });
});
