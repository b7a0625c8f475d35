import { describe, expect, it } from 'vitest';
import { ConsoleScanner, markerAddress } from './console-scanner.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('markerAddress', () => {
  it.each([
    ['VMRS_READY 10.0.1.2', '10.0.1.2'],
    ['VMRS_READY fd00::1:2', 'fd00::1:2'],
    ['VMRS_READY fe80::5054:ff:fe12:3456', 'fe80::5054:ff:fe12:3456'],
    ['VMRS_READY 10.0.1.2\r', '10.0.1.2'],
    ['\r\rVMRS_READY 10.0.1.2\r\r', '10.0.1.2'],
    ['\x1b[0m\x1b[1;32mVMRS_READY\x1b[0m 10.0.\x1b[K1.2\x1b[m', '10.0.1.2'],
    ['\x1b]0;a title\x07VMRS_READY 10.0.1.2', '10.0.1.2'],
    ['\x1b]0;a title\x1b\\VMRS_READY 10.0.1.2', '10.0.1.2'],
    ['\x1bP1$r\x1b\\VMRS_READY 10.0.1.2', '10.0.1.2'],
    ['\x1b(B\x1b7\x1b=VMRS_READY 10.0.1.2\x1b8', '10.0.1.2'],
    ['\x1bcVMRS_READY 10.0.1.2\r\x1b[0m', '10.0.1.2'],
  ])('takes %j', (line, address) => {
    expect(markerAddress(bytes(line))).toBe(address);
  });

  it.each([
    '',
    'VMRS_READY',
    'VMRS_READY ',
    'VMRS_READY  10.0.1.2',
    'VMRS_READY\t10.0.1.2',
    'VMRS_READY 10.0.1.2 ',
    'VMRS_READY 10.0.1.2 10.0.1.3',
    'VMRS_READY 10.0.1.2/24',
    ' VMRS_READY 10.0.1.2',
    'vmrs_ready 10.0.1.2',
    'VMRS_READYX 10.0.1.2',
    '+ echo VMRS_READY 10.0.1.2',
    'VMRS_READY 10.0.1',
    'VMRS_READY 10.0.1.256',
    'VMRS_READY 10.0.1.02',
    'VMRS_READY 0xa000102',
    'VMRS_READY guest.local',
    'VMRS_READY [fd00::1]',
    'VMRS_READY fd00::1::2',
    'VMRS_READY 10.0.1.2\x00',
    'VMRS_READY 10.0.\xff1.2',
    'boot\rVMRS_READY 10.0.1.2',
    '\x1b]0;VMRS_READY 10.0.1.2',
    '\x1b]0;VMRS_READY 10.0.1.2\x07',
  ])('does not take %j', (line) => {
    expect(markerAddress(bytes(line))).toBeNull();
  });

  it.each([
    ['unspecified', '0.0.0.0'],
    ['unspecified', '::'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.3.4'],
    ['loopback', '::1'],
    ['loopback, mapped', '::ffff:127.0.0.1'],
    ['unspecified, mapped', '::ffff:0.0.0.0'],
    ['multicast', '224.0.0.1'],
    ['multicast', '239.1.2.3'],
    ['multicast', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['with a zone', 'fe80::1%eth0'],
  ])('refuses an address that is %s: %s', (_, address) => {
    expect(markerAddress(bytes(`VMRS_READY ${address}`))).toBeNull();
  });
});

describe('markerAddress of a guest without network interfaces', () => {
  it.each(['127.0.0.1', '::1', '10.0.0.1'])('takes %s', (address) => {
    expect(markerAddress(bytes(`VMRS_READY ${address}`), { loopback: true })).toBe(address);
  });

  it.each(['0.0.0.0', '::', '224.0.0.1', '255.255.255.255'])('refuses %s', (address) => {
    expect(markerAddress(bytes(`VMRS_READY ${address}`), { loopback: true })).toBeNull();
  });
});

describe('ConsoleScanner', () => {
  const log = Buffer.concat([
    bytes('[    0.1] Linux \xff\xfe version\r\n\x1b[2J\x1b[Hlogin: VMRS_READY 6.6.6.6\r\n'),
    bytes('VMRS_READY 0.0.0.0\nVMRS_READY \n10.0.0.9\nVMRS_READY 10.0.0.1 x\n'),
    bytes(`${'x'.repeat(5000)}VMRS_READY 6.6.6.6\n`),
    bytes('\x1b[1mVMRS_READY\x1b[0m 10.0.0.25\r\n'),
    bytes('VMRS_READY 10.0.'),
  ]);

  it('finds the same however the bytes are cut into pieces', () => {
    const whole = new ConsoleScanner();
    whole.push(log);
    expect(whole.address).toBe('10.0.0.25');
    for (let cut = 0; cut <= log.length; cut++) {
      const scanner = new ConsoleScanner();
      scanner.push(log.subarray(0, cut));
      scanner.push(log.subarray(cut));
      if (scanner.address !== whole.address || scanner.unfinishedBytes !== whole.unfinishedBytes)
        expect.fail(`cut at ${cut}`);
    }
    for (let seed = 1; seed <= 200; seed++) {
      const scanner = new ConsoleScanner();
      for (const piece of pieces(log, seed)) scanner.push(piece);
      expect(scanner.address, `seed ${seed}`).toBe(whole.address);
      expect(scanner.tail(), `seed ${seed}`).toEqual(whole.tail());
    }
  });

  it('does not keep the memory that it was given', () => {
    const scanner = new ConsoleScanner();
    const shared = Buffer.from('VMRS_READY 10.0.');
    scanner.push(shared);
    shared.fill(0);
    scanner.push(bytes('0.25\n'));
    expect(scanner.address).toBe('10.0.0.25');
  });

  it('takes the last complete marker', () => {
    const scanner = new ConsoleScanner();
    scanner.push(bytes('VMRS_READY 10.0.0.1\nVMRS_READY 10.0.0.2\nVMRS_READY 10.0.0.3'));
    expect(scanner.address).toBe('10.0.0.2');
  });

  it('skips an overlong line to its newline and goes on with the next', () => {
    const scanner = new ConsoleScanner();
    scanner.push(bytes('VMRS_READY 10.0.0.1'.padStart(4097, '\r')));
    expect(scanner.unfinishedBytes).toBe(4097);
    scanner.push(bytes('\n'));
    expect(scanner.address).toBeNull();
    scanner.push(bytes('VMRS_READY 10.0.0.2\n'));
    expect(scanner.address).toBe('10.0.0.2');
  });

  it('joins nothing across a break', () => {
    const scanner = new ConsoleScanner();
    scanner.push(bytes('VMRS_READY 10.0.'));
    scanner.breakLine();
    scanner.push(bytes('0.1\n'));
    expect(scanner.address).toBeNull();
    expect(scanner.tail()).toEqual(['VMRS_READY 10.0.', '0.1']);
  });

  it('forgets address and unfinished line at a reset, not the last words', () => {
    const scanner = new ConsoleScanner();
    scanner.push(bytes('VMRS_READY 10.0.0.1\nKernel panic\nVMRS_'));
    scanner.reset();
    expect(scanner.address).toBeNull();
    scanner.push(bytes('READY 10.0.0.2\n'));
    expect(scanner.address).toBeNull();
    expect(scanner.tail()).toContain('Kernel panic');
  });

  it('shows the last lines as a person would read them, and is bounded', () => {
    const scanner = new ConsoleScanner({ tailLines: 3 });
    scanner.push(bytes('one\ntwo\r\n\x1b[31mred\x1b[0m\x07\nn\xfcll\nunfinished\x08'));
    expect(scanner.tail()).toEqual(['red', 'n\ufffdll', 'unfinished']);
    scanner.push(Buffer.alloc(1_000_000, 'x'));
    expect(scanner.tail().join('').length).toBeLessThanOrEqual(8192);
  });
});

/** `all` cut at places that look random and are the same for each seed. */
function* pieces(all: Uint8Array, seed: number): Generator<Uint8Array> {
  let state = seed;
  for (let at = 0; at < all.length; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    const length = 1 + (state % 97);
    yield all.subarray(at, at + length);
    at += length;
  }
}
