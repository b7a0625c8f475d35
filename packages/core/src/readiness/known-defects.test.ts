import { renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { currentPosition } from './console-position.ts';
import { ConsoleScanner } from './console-scanner.ts';
import { FileTail } from './file-tail.ts';
import { ConsoleLog, eventually, watched } from './fixtures/console-log.ts';
import { NaiveDriver, NaiveScanner, naiveCheck, naiveLongScan } from './fixtures/naive-scanner.ts';
import { waitReady } from './wait-ready.ts';

/** What both make of the same pieces of a console. */
function both(...pieces: readonly string[]) {
  const naive = new NaiveScanner();
  const scanner = new ConsoleScanner();
  for (const piece of pieces) {
    naive.push(Buffer.from(piece));
    scanner.push(Buffer.from(piece));
  }
  return { naive: naive.ip, ours: scanner.address };
}

describe('each known defect of readiness is in the naive scanner and not in ours', () => {
  it('RD1: a half-written marker line is not believed', () => {
    expect(both('VMRS_READY 10.0.')).toEqual({ naive: '10.0.', ours: null });
    expect(both('VMRS_READY 10.0.', '0.25\n')).toEqual({ naive: '10.0.', ours: '10.0.0.25' });
  });

  it('RD2: the marker of an earlier boot is not believed', async () => {
    const log = new ConsoleLog('VMRS_READY 10.0.0.1\n');
    const { watcher, addresses } = await watched(log, { from: 'end' });
    expect(new NaiveScanner().scan(log.path)).toBe('10.0.0.1');
    expect(watcher.address).toBeNull();
    log.append('VMRS_READY 10.0.0.2\n');
    await eventually(() => expect(addresses).toEqual(['10.0.0.2']));
  });

  it('RD3: a marker without an address does not take one from the next line', () => {
    expect(both('VMRS_READY \n[init] starting\n')).toEqual({ naive: '[init]', ours: null });
    expect(both('VMRS_READY\n10.0.0.1\n')).toEqual({ naive: '10.0.0.1', ours: null });
  });

  it.each([
    ['in the middle of a line', '[    1.2] Command line: init=VMRS_READY 6.6.6.6\n', '6.6.6.6'],
    ['as the beginning of a word', 'VMRS_READYFOO 6.6.6.6\n', 'FOO'],
    ['in an echoed script', '+ echo VMRS_READY 6.6.6.6\n', '6.6.6.6'],
    ['with further words', 'VMRS_READY 6.6.6.6 or so\n', '6.6.6.6'],
  ])('RD4: a marker %s is not believed', (_, line, naive) => {
    expect(both(line)).toEqual({ naive, ours: null });
  });

  it('RD5: readiness is taken back by a reset, and the last marker wins', async () => {
    expect(both('VMRS_READY 10.0.0.1\n', 'VMRS_READY 10.0.0.2\n')).toEqual({ naive: '10.0.0.1', ours: '10.0.0.2' });
    const log = new ConsoleLog('VMRS_READY 10.0.0.1\n');
    const { watcher, addresses } = await watched(log);
    const naive = new NaiveScanner();
    naive.scan(log.path);
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
    log.append('Kernel panic - rebooting\n');
    await watcher.reset();
    expect([naive.scan(log.path), watcher.address]).toEqual(['10.0.0.1', null]);
    log.append('VMRS_READY 10.0.0.1\n');
    await eventually(() => expect(addresses).toEqual(['10.0.0.1', '10.0.0.1']));
  });

  it('RD6: a rotated file that is longer than what was read is read from its beginning', async () => {
    const log = new ConsoleLog('booting\n');
    const { addresses } = await watched(log);
    const naive = new NaiveScanner();
    naive.scan(log.path);
    renameSync(log.path, `${log.path}.1`);
    log.rewrite('VMRS_READY 10.0.0.1\n');
    expect(naive.scan(log.path)).not.toBe('10.0.0.1');
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
  });

  it('RD7: what is appended between the look at the size and the reading is read once', () => {
    const log = new ConsoleLog('0123456789');
    const naive = new NaiveScanner();
    naive.scan(log.path, () => log.append('abcdef'));
    naive.scan(log.path);
    expect(naive.scannedBytes).toBe(10 + 6 + 6);

    const grows = new ConsoleLog('0123456789');
    const tail = new FileTail(grows.path, { device: '', inode: '', offset: 0 });
    let read = '';
    const bytes = (chunk: Uint8Array) => {
      if (read === '') grows.append('abcdef');
      read += Buffer.from(chunk).toString();
      return true;
    };
    for (let pass = 0; pass < 2; pass++) tail.read({ bytes });
    tail.close();
    expect(read).toBe('0123456789abcdef');
  });

  it('RD8: a long delta and an endless line are not held in memory', () => {
    const log = new ConsoleLog(Buffer.alloc(8 * 1024 * 1024, 'x'));
    const naive = new NaiveScanner();
    naive.scan(log.path);
    expect(naive.largestPiece).toBe(8 * 1024 * 1024);

    const tail = new FileTail(log.path, { device: '', inode: '', offset: 0 });
    const scanner = new ConsoleScanner();
    let largest = 0;
    const bytes = (chunk: Uint8Array) => {
      largest = Math.max(largest, chunk.length);
      scanner.push(chunk);
      return true;
    };
    let turns = 1;
    while (tail.read({ bytes }) === 'more') turns++;
    tail.close();
    expect(largest).toBe(64 * 1024);
    expect(turns).toBeGreaterThanOrEqual(8);
    expect(scanner.unfinishedBytes).toBe(8 * 1024 * 1024);
    expect(scanner.tail().join('').length).toBe(8192);
  });

  it('RD9: a VM that was taken back is not read from the beginning at each look', async () => {
    const log = new ConsoleLog(`${'noise\n'.repeat(10_000)}`);
    const from = await currentPosition(log.path);
    let naiveBytes = 0;
    for (let look = 0; look < 3; look++) {
      naiveCheck(log.path, (count) => {
        naiveBytes += count;
      });
    }
    expect(naiveBytes).toBe(3 * 60_000);

    log.append('VMRS_READY 10.0.0.1\n');
    let ourBytes = 0;
    const tail = new FileTail(log.path, from);
    const bytes = (chunk: Uint8Array) => {
      ourBytes += chunk.length;
      return true;
    };
    for (let look = 0; look < 3; look++) tail.read({ bytes });
    tail.close();
    expect(ourBytes).toBe('VMRS_READY 10.0.0.1\n'.length);
    expect((await watched(log, { from })).watcher.address).toBe('10.0.0.1');
  });

  it('RD10: bytes that are no UTF-8 do not hide the marker', async () => {
    const log = new ConsoleLog(
      Buffer.concat([Buffer.from([0xff, 0xfe, 0x00, 0x0a]), Buffer.from('VMRS_READY 10.0.0.1\n')]),
    );
    expect(naiveCheck(log.path)).toBeNull();
    expect((await watched(log)).watcher.address).toBe('10.0.0.1');
  });

  it('RD11: a long log of one VM does not delay the readiness of another', async () => {
    const noise = Buffer.alloc(32 * 1024 * 1024, '[   1.0] noise\n');
    const order: string[] = [];
    const driver = new NaiveDriver();
    const big = driver.state(() => naiveLongScan(new NaiveScanner(), noise, 1024 * 1024)).then(() => order.push('big'));
    const small = driver.state(async () => new NaiveScanner().push(Buffer.from('VMRS_READY 10.0.0.1\n')));
    await Promise.all([big, small.then(() => order.push('small'))]);
    expect(order).toEqual(['big', 'small']);

    const ours: string[] = [];
    const ourBig = watched(new ConsoleLog(noise)).then(() => ours.push('big'));
    const ourSmall = watched(new ConsoleLog('VMRS_READY 10.0.0.1\n')).then(({ watcher }) =>
      ours.push(`small ${watcher.address}`),
    );
    await Promise.all([ourBig, ourSmall]);
    expect(ours).toEqual(['small 10.0.0.1', 'big']);
  });

  it('RD12: readiness is told when it comes, not when somebody looks', async () => {
    const naiveLog = new ConsoleLog('');
    const naive = new NaiveScanner();
    const log = new ConsoleLog('');
    const { addresses } = await watched(log);
    const begun = performance.now();
    let naiveMs = 0;
    const polled = new NaiveDriver()
      .waitReady(() => naive.scan(naiveLog.path))
      .then(() => {
        naiveMs = performance.now() - begun;
      });
    await sleep(50);
    naiveLog.append('VMRS_READY 10.0.0.1\n');
    log.append('VMRS_READY 10.0.0.1\n');
    await eventually(() => expect(addresses).toEqual(['10.0.0.1']));
    const oursMs = performance.now() - begun;
    await polled;
    expect(naiveMs).toBeGreaterThan(900);
    expect(oursMs).toBeLessThan(500);
  });

  it('RD12: readiness can be awaited', async () => {
    const ready = { status: 'ready', ip: '10.0.0.1' } as const;
    const evidence = () => Promise.reject(new Error('not needed'));
    const source = { name: 'web', current: () => ready, subscribe: () => () => {}, evidence };
    await expect(waitReady(source)).resolves.toEqual({ ip: '10.0.0.1' });
  });

  it('RD13: escape sequences and kernel messages do not become part of the address', () => {
    expect(both('VMRS_READY \x1b[1m10.0.0.1\x1b[0m\r\n')).toEqual({
      naive: '\x1b[1m10.0.0.1\x1b[0m',
      ours: '10.0.0.1',
    });
    expect(both('VMRS_READY 10.0.[    3.1] eth0: link up\n0.25\n')).toEqual({ naive: '10.0.[', ours: null });
  });

  it('RD17: a log that cannot be read is reported, and is not the same as a guest that is not ready', async () => {
    const log = new ConsoleLog();
    const { problems, watcher } = await watched(log, { path: log.folder });
    expect(problems).toMatchObject([{ code: 'IO', details: { path: log.folder } }]);
    expect(watcher.address).toBeNull();
  });
});
