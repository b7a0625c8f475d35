import { describe, expect, it } from 'vitest';
import { type Operation, operationOf } from './operation-of.ts';

const info: Operation<object> = async () => ({});
const WHOSE = { driver: 'acme', hypervisor: 'Acmevisor', vm: 'web' };

describe('operationOf', () => {
  it('finds an operation by its name', () => {
    expect(operationOf({ info }, 'info', WHOSE)).toBe(info);
  });

  it.each(['inform', 'toString', 'constructor', ''])("refuses '%s', and says what there is", (name) => {
    expect(() => operationOf({ info, nmi: info }, name, WHOSE)).toThrow(
      /no operation of Acmevisor; there are info, nmi/,
    );
  });
});
