import type { WireFailure } from './protocol.ts';

/** What is known to be behind a failure, and what to do about it. */
interface Advice {
  readonly when: (failure: WireFailure) => boolean;
  readonly advice: string;
}

/** Where the words of the framework do not say it. Sources: docs/drivers/applevz.md. The first that fits is given. */
const ADVICE: readonly Advice[] = [
  {
    when: ({ message, reason }) => `${message} ${reason ?? ''}`.includes('com.apple.security.virtualization'),
    advice:
      'the host program lacks this entitlement: have prepareHost() make one that has it, or name an entitled executable as hostPath',
  },
  {
    when: ({ message, reason }) => /attachment is invalid/i.test(`${message} ${reason ?? ''}`),
    advice: 'the disk image may be in use by another VM or program',
  },
  {
    when: isCode('VZErrorDomain', 5),
    advice: 'a disk image is damaged, of another format than raw, or in use by another VM or program',
  },
  { when: isCode('VZErrorDomain', 6), advice: 'macOS runs no more VMs at the same time: end another one first' },
  { when: isCode('VZErrorDomain', 8), advice: 'make room on the volume' },
  { when: isCode('VZErrorDomain', 10), advice: 'this Mac, or its macOS, cannot do that' },
  {
    when: isCode('VZErrorDomain', 12),
    advice:
      'a state can be restored only on the Mac that saved it, by a machine of the same configuration, machine id and MAC addresses',
  },
  {
    when: isCode('NSPOSIXErrorDomain', 45),
    advice: 'of a disk image this usually means that the file does not exist',
  },
];

/** The framework's words for a failure, all of them: description, reason, domain and code, and what lies below. */
export function formatFailure(failure: WireFailure): string {
  const { message, reason, domain, code, underlying } = failure;
  const words = reason === null || message.includes(reason) ? message : `${sentence(message)} ${reason}`;
  const named = domain === 'host' && code === 0 ? words : `${words} (${domain} ${code})`;
  return underlying === null ? named : `${named}, because of: ${formatFailure(underlying)}`;
}

/** What to do about a failure, when more is known than its words say; else null. */
export function adviceOn(failure: WireFailure): string | null {
  const known = ADVICE.find(({ when }) => when(failure));
  if (known !== undefined) return known.advice;
  return failure.underlying === null ? null : adviceOn(failure.underlying);
}

function isCode(domain: string, code: number): (failure: WireFailure) => boolean {
  return (failure) => failure.domain === domain && failure.code === code;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
