import { ERROR_TEXT, type ErrorCode, type ErrorDetails, isVmError, VmError } from '../../errors/index.ts';

/** A `VmError` as it is sent. Its cause is reduced to what it said. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: object;
  readonly vm?: string | undefined;
  readonly driver?: string | undefined;
  readonly cause?: string | undefined;
}

/** An error as it is sent; one that is no `VmError` becomes a `HYPERVISOR` of `operation`. */
export function toWire(error: unknown, operation: string): WireError {
  if (!isVmError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'HYPERVISOR', message, details: { operation }, cause: message };
  }
  const { code, message, details, vm, driver, cause } = error;
  return { code, message, details, vm, driver, cause: textOf(cause) };
}

/** The error that was sent, with the same code, message and details. */
export function fromWire({ code, message, details, vm, driver, cause }: WireError): VmError {
  return new VmError(code, {
    detail: detailOf(code, vm ?? '', message),
    details: details as ErrorDetails[ErrorCode],
    ...(vm === undefined ? {} : { vm }),
    ...(driver === undefined ? {} : { driver }),
    ...(cause === undefined ? {} : { cause: new Error(cause) }),
  });
}

/** Whether a value that was received can be given to {@link fromWire}. */
export function isWireError(value: unknown): value is WireError {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message, details, vm, driver, cause } = value as { readonly [K in keyof WireError]?: unknown };
  if (typeof code !== 'string' || !(code in ERROR_TEXT) || typeof message !== 'string') return false;
  const texts = [vm, driver, cause].every((text) => text === undefined || typeof text === 'string');
  return texts && typeof details === 'object' && details !== null;
}

/** What a message says after the fixed text of its code, which is put before it again. */
function detailOf(code: ErrorCode, vm: string, message: string): string {
  const text = ERROR_TEXT[code];
  if (message === text(vm, '')) return '';
  const [fixed = ''] = text(vm, MARK).split(MARK, 1);
  return message.startsWith(fixed) ? message.slice(fixed.length) : message;
}

/** In no message. */
const MARK = '\0';

function textOf(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  return cause instanceof Error ? cause.message : String(cause);
}
