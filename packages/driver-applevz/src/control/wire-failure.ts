import type { NativeFailure } from '@vmrs/applevz-addon';
import * as v from 'valibot';
import type { WireFailure } from './protocol.ts';

/** How many failures below each other are told; the framework's go two or three deep. */
const DEEPEST = 8;

/** Anything thrown, as it goes over the wire. What is not of the addon gets the domain `host` and, of a system error, its number. */
export function toWireFailure(error: unknown, depth: number = DEEPEST): WireFailure {
  if (!(error instanceof Error)) return hostFailure(String(error));
  if (!isNative(error)) return hostFailure(error.message, 'errno' in error ? Math.abs(Number(error.errno)) : 0);
  return {
    domain: error.domain,
    code: error.nativeCode,
    message: error.message,
    reason: error.reason,
    underlying: error.underlying === null || depth === 0 ? null : toWireFailure(error.underlying, depth - 1),
  };
}

/** A failure of the host's own. */
export function hostFailure(message: string, code = 0): WireFailure {
  return { domain: 'host', code, message, reason: null, underlying: null };
}

/** A schema of {@link WireFailure}. Of finite depth: a message that is nested deeper is none of ours. */
export function failureSchema(depth: number = DEEPEST): v.GenericSchema<unknown, WireFailure> {
  return v.strictObject({
    domain: v.string(),
    code: v.number(),
    message: v.string(),
    reason: v.nullable(v.string()),
    underlying: depth === 0 ? v.null() : v.nullable(failureSchema(depth - 1)),
  });
}

function isNative(error: Error): error is NativeFailure {
  return 'domain' in error && typeof error.domain === 'string' && 'nativeCode' in error;
}
