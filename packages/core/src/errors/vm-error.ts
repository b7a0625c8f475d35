import { ERROR_TEXT, type ErrorCode, type ErrorDetails, type Problem } from './codes.ts';

/** Marks the class across copies of this module; see {@link isVmError}. */
const BRAND = Symbol.for('@vmrs/core/VmError');

/** What a {@link VmError} is made of besides its code. */
export interface VmErrorInit<C extends ErrorCode> {
  /** Name of the VM it is about. */
  readonly vm?: string;
  /** Id of the driver it comes from. */
  readonly driver?: string;
  /** The part of the message after the fixed text of the code: what happened and what to do. */
  readonly detail: string;
  readonly details: ErrorDetails[C];
  readonly cause?: unknown;
}

/**
 * The one error class of this framework. Branch on `code`, never on the text.
 * Recognise it with {@link isVmError}: two copies of core in one dependency tree are normal, and `instanceof` fails then.
 */
export class VmError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly details: ErrorDetails[C];
  readonly vm: string | undefined;
  readonly driver: string | undefined;

  constructor(code: C, init: VmErrorInit<C>) {
    super(ERROR_TEXT[code](init.vm ?? '', init.detail), init.cause === undefined ? {} : { cause: init.cause });
    this.code = code;
    this.details = init.details;
    this.vm = init.vm;
    this.driver = init.driver;
  }

  static {
    Object.defineProperty(VmError.prototype, BRAND, { value: true });
    // On the prototype and not enumerable, as with the built-in errors. An aborted call says `AbortError`, as on the web.
    Object.defineProperty(VmError.prototype, 'name', {
      configurable: true,
      get(this: VmError): string {
        return this.code === 'ABORTED' ? 'AbortError' : 'VmError';
      },
    });
  }
}

/** Whether `value` is a {@link VmError} of this or any other copy of core, and, where given, of that code. */
export function isVmError<C extends ErrorCode = ErrorCode>(value: unknown, code?: C): value is VmError<C> {
  if (!(value instanceof Error && BRAND in value && 'code' in value)) return false;
  return code === undefined || value.code === code;
}

/** All problems in one line: `cpus: must be at least 1; kernel: ...`. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map(
      ({ path, message, fix }) => `${path === '' ? '' : `${path}: `}${message}${fix === undefined ? '' : ` (${fix})`}`,
    )
    .join('; ');
}
