import type { VmConfig, VmDriver } from '@vmrs/core';

/**
 * The guests that the suite needs:
 * - `ready`: writes its marker, then idles; powers off when its power button is pressed
 * - `never-ready`: runs and never writes the marker; powers off when its power button is pressed
 * - `ignores-power-button`: writes its marker, then ignores the power button
 * - `powers-off`: writes something to the console that is no marker, then powers itself off
 * - `panics`: its kernel panics some time after its start
 * - `reboots`: writes its marker, resets itself some time later, and writes its marker again
 * - `fails-to-boot`: the hypervisor ends instead of executing it, after it was started
 */
export type GuestKind =
  | 'ready'
  | 'never-ready'
  | 'ignores-power-button'
  | 'powers-off'
  | 'panics'
  | 'reboots'
  | 'fails-to-boot';

/** A reason for which something cannot be checked here: the name of the missing prerequisite. */
export interface Missing {
  readonly missing: string;
}

/** Whether a subject answered that something is missing. */
export function isMissing(answer: object | null): answer is Missing {
  return answer !== null && 'missing' in answer && typeof answer.missing === 'string';
}

/** A guest as the suite boots it; it gets its name and its console log from the suite. */
export type GuestConfig = Omit<VmConfig, 'name' | 'namespace' | 'serialLog'>;

/** The driver under test. */
export interface ConformanceSubject {
  /** Name of the driver, for the report. */
  readonly name: string;
  /** A new driver, as `@vmrs/core` would get it. Called several times. */
  createDriver(): VmDriver;
  /** The driver's package.json with its `vmrs.driver` manifest: absolute path or file URL. Without it the manifest is not checked. */
  readonly manifest?: string | URL;
  /**
   * A module that other Node.js processes can import, and the name of the function in it that makes the driver without arguments.
   * Without it nothing is checked that takes a second process.
   */
  readonly module?: { readonly url: URL; readonly create: string };
  /** The guest of that kind, or what is missing for it. Called for each boot; the files may be the same. */
  config(kind: GuestKind): Promise<GuestConfig | Missing>;
  /** What this host lacks for any check; null when nothing. Default: nothing. */
  prerequisites?(): Promise<Missing | null>;
  /** A vsock port on which the `ready` guest echoes what it gets. Without it connections are not checked. */
  readonly vsockEchoPort?: number;
  /** How long a guest may take from its boot to its marker, its power-off, its panic. Default 30000. */
  readonly guestTimeoutMs?: number;
  /** How long one check may take altogether. Default 120000. */
  readonly checkTimeoutMs?: number;
  /** How many cycles the leak checks run. Default 3. */
  readonly leakCycles?: number;
}
