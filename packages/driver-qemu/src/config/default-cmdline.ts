import type { Accelerator, GuestArch, MachineType } from '../options.ts';
import type { SharePlan } from './boot-plan.ts';

/** What the default kernel command line depends on. */
export interface CmdlineFacts {
  readonly arch: GuestArch;
  readonly machine: MachineType;
  readonly accelerator: Accelerator;
  readonly cpus: number;
  /** Whether there is a root disk and, where that could be seen, whether it holds a file system without a partition table. */
  readonly root: { readonly wholeDisk: boolean | null } | null;
  readonly seed: boolean;
  readonly shares: readonly SharePlan[];
}

/**
 * The kernel command line where the caller gives none.
 *
 * - The console is the first UART: early, built into every kernel, and on PCI machines as fast as virtio-console (2.6 against
 *   2.4 µs per byte, measured).
 * - `quiet` saves 9 % of a boot under TCG; warnings are left out, errors and panics are still printed.
 * - `panic=-1`: a guest without a panic notifier reboots at once instead of hanging; see `panic-watch.ts`.
 * - `cryptomgr.notests` saves 13 %: the kernel's self-tests of its ciphers.
 * - `nolapic_timer` saves 9 to 26 %: a timer calibration that means nothing under TCG. With more CPUs the timer is needed.
 * - `vmrs.mount` is understood by the init of `@vmrs/guest`; others ignore it and mount by tag.
 */
export function defaultCmdline(facts: CmdlineFacts): string {
  const { arch, machine } = facts;
  return [
    `console=${arch === 'x86_64' ? 'ttyS0' : 'ttyAMA0'}`,
    'panic=-1',
    'quiet',
    'cryptomgr.notests',
    ...(arch === 'x86_64' && facts.accelerator === 'tcg' && facts.cpus === 1 ? ['nolapic_timer'] : []),
    // The machine without ACPI can only be reset by a triple fault.
    ...(machine === 'microvm' ? ['reboot=t'] : []),
    ...(facts.root === null ? [] : [`root=/dev/vda${facts.root.wholeDisk === true ? '' : '1'}`, 'rw']),
    ...(facts.seed ? ['ds=nocloud'] : []),
    ...facts.shares.map(
      ({ tag, via, readOnly }) => `vmrs.mount=${tag}:/mnt/${tag}:${via.type}${readOnly ? ':ro' : ''}`,
    ),
  ].join(' ');
}
