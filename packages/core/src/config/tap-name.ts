import { randomBytes } from 'node:crypto';

const PREFIX = 'vmrs';
/** As many as the kernel's limit for names of interfaces, 15 bytes, leaves. */
const DIGITS = 11;

/** A name for a tap that is made for one VM: of 44 random bits, so that no two VMs of a host ever share one. */
export function madeUpTapName(): string {
  return `${PREFIX}${randomBytes(6).toString('hex').slice(0, DIGITS)}`;
}

/** Whether `name` is one of {@link madeUpTapName}'s. */
export function isMadeUpTapName(name: string): boolean {
  return /^vmrs[0-9a-f]{11}$/.test(name);
}
