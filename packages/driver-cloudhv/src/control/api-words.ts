import { isVmError } from '@vmrs/core/driver';

/**
 * What an error body says, on one line: Cloud Hypervisor sends its chain of causes as an array of texts, outermost first, and errors of the
 * protocol as an object with the key `error`. Anything else is passed on as it is.
 */
export function nativeWords(body: string): string {
  return withoutBacktrace(words(body.trim()));
}

function words(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed) && parsed.every((word) => typeof word === 'string'))
      return withoutRepeats(parsed).join(': ');
    if (typeof parsed === 'object' && parsed !== null && 'error' in parsed && typeof parsed.error === 'string')
      return parsed.error;
  } catch {
    // Line ends in the words of an error of the protocol are not escaped.
    const words = /^\{\s*"error":\s*"([\s\S]*)"\s*\}$/.exec(text)?.[1];
    if (words !== undefined) return words.trim();
  }
  return text;
}

/** Whether Cloud Hypervisor refused with words that `pattern` matches. */
export function refusedWith(error: unknown, pattern: RegExp): boolean {
  return isVmError(error, 'HYPERVISOR') && error.details.native !== undefined && pattern.test(error.details.native);
}

/** With `RUST_BACKTRACE` in the environment one is appended, of addresses without names. */
function withoutBacktrace(text: string): string {
  return text.replace(/\s*Stack backtrace:[\s\S]*$/, '');
}

/** Each cause is often told within the one above it as well. */
function withoutRepeats(chain: readonly string[]): readonly string[] {
  return chain.filter((word, index) => index === 0 || !(chain[index - 1] ?? '').endsWith(word));
}
