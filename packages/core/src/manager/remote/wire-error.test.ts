import { expect, it } from 'vitest';
import { ERROR_TEXT, type ErrorCode, VmError } from '../../errors/index.ts';
import { fromWire, isWireError, toWire } from './wire-error.ts';

const CODES = Object.keys(ERROR_TEXT) as ErrorCode[];

it.each(CODES.flatMap((code) => [[code, ''] as const, [code, 'it is so: do that'] as const]))(
  'a %s with detail "%s" is the same on the other side',
  (code, detail) => {
    for (const vm of [{}, { vm: 'web', driver: 'fake' }]) {
      const error = new VmError(code, { ...vm, detail, details: { state: 'x' } as never, cause: new Error('why') });
      const sent: unknown = JSON.parse(JSON.stringify(toWire(error, 'stop')));
      if (!isWireError(sent)) throw new Error('it is not taken for an error');
      const received = fromWire(sent);
      expect({ ...received, message: received.message }).toEqual({ ...error, message: error.message });
      expect(received.cause).toEqual(new Error('why'));
      expect(received.stack).toContain(error.message);
    }
  },
);

it('an error of another kind says in which operation', () => {
  expect(fromWire(toWire(new Error('no'), 'pause'))).toMatchObject({
    code: 'HYPERVISOR',
    details: { operation: 'pause' },
  });
});
