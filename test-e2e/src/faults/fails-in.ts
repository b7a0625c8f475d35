import { type ErrorCode, isVmError, type VmError } from '@vmrs/core';

/** Waits for `work` to fail with a `VmError` of one of `codes` within `ms` milliseconds. */
export async function failsIn(ms: number, work: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<VmError> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`it took longer than ${ms} ms`), ms);
  });
  const failed = work.then(
    () => 'it resolved',
    (reason: unknown) => reason,
  );
  const error = await Promise.race([failed, late]);
  clearTimeout(timer);
  if (isVmError(error) && codes.includes(error.code)) return error;
  throw new Error(`expected ${codes.join(' or ')}`, { cause: error });
}
