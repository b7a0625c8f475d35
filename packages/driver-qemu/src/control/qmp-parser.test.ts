import { isVmError } from '@vmrs/core/driver';
import { describe, expect, it } from 'vitest';
import { parseMessage, QmpParser } from './qmp-parser.ts';

const GREETING =
  '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "Debian 1:7.2+dfsg-7+deb12u18+b3"}, "capabilities": ["oob"]}}';

describe('QmpParser', () => {
  it('reads a greeting with a distribution suffix, and one without a package', () => {
    const version = { major: 7, minor: 2, micro: 22, package: 'Debian 1:7.2+dfsg-7+deb12u18+b3' };
    expect(parseMessage(GREETING)).toEqual({ kind: 'greeting', version });
    const plain = '{"QMP": {"version": {"qemu": {"micro": 50, "minor": 1, "major": 11}}, "capabilities": []}}';
    expect(parseMessage(plain)).toMatchObject({ version: { major: 11, minor: 1, micro: 50, package: '' } });
  });

  it('reads answers, errors and events', () => {
    expect(parseMessage('{"return": {}, "id": 3}')).toEqual({ kind: 'return', id: 3, value: {} });
    expect(parseMessage('{"error": {"class": "CommandNotFound", "desc": "no"}, "id": 4}')).toMatchObject({
      kind: 'error',
      id: 4,
      description: 'no',
    });
    expect(parseMessage('{"timestamp": {"seconds": 1}, "event": "STOP"}')).toEqual({
      kind: 'event',
      event: { name: 'STOP', data: {} },
    });
    expect(parseMessage('{"event": "RESET", "data": {"guest": true}}')).toMatchObject({
      event: { data: { guest: true } },
    });
  });

  it('puts messages together from any pieces, also inside of a character', () => {
    const bytes = Buffer.from(`${GREETING}\r\n{"return": "é\\n文", "id": 1}\r\n\r\n`);
    for (let size = 1; size <= bytes.length; size += 1) {
      const parser = new QmpParser();
      const messages = [];
      for (let at = 0; at < bytes.length; at += size) messages.push(...parser.push(bytes.subarray(at, at + size)));
      expect(messages).toMatchObject([{ kind: 'greeting' }, { kind: 'return', value: 'é\n文' }]);
    }
  });

  it.each([
    'garbage',
    '[]',
    '3',
    '{}',
    '{"return": {}}',
    '{"return": {}, "id": "x"}',
    '{"QMP": {"version": {"qemu": {"major": "7"}}}}',
    '{"event": "STOP", "data": 3}',
    '{"return": {}, "id": 1} trailing',
  ])('refuses %s', (line) => {
    expect(() => new QmpParser().push(Buffer.from(`${line}\n`))).toThrow(
      expect.toSatisfy((error) => isVmError(error, 'HYPERVISOR')),
    );
  });

  it('refuses a line that does not end', () => {
    const parser = new QmpParser(1000);
    expect(parser.push(Buffer.alloc(1000, 'x'))).toEqual([]);
    expect(() => parser.push(Buffer.from('x'))).toThrow(/more than 1000 bytes/);
  });
});
