import { type JsonObject, VmError } from '@vmrs/core/driver';

/** What the fake driver can do beyond the contract: `echo` gives its arguments back, `fail` fails as a hypervisor does. */
export const FAKE_OPERATIONS: readonly string[] = Object.freeze(['echo', 'fail']);

/** Carries out one of {@link FAKE_OPERATIONS}. Throws `INVALID_CONFIG` for arguments that `fail` does not take, `HYPERVISOR`. */
export function operate(name: string, args: JsonObject): JsonObject {
  if (name === 'echo') return { args };
  const unknown = Object.keys(args).filter((key) => key !== 'words');
  if (unknown.length > 0) {
    const problems = unknown.map((path) => ({ path, message: 'is no argument of fail' }));
    throw new VmError('INVALID_CONFIG', { driver: 'fake', detail: 'fail: unknown arguments', details: { problems } });
  }
  const native = typeof args['words'] === 'string' ? args['words'] : 'told to fail';
  throw new VmError('HYPERVISOR', { driver: 'fake', detail: native, details: { operation: name, native } });
}
