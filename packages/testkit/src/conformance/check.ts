import type { Capability } from '@vmrs/core';
import type { World } from './world.ts';

/** One check of the suite. */
export interface ConformanceCheck {
  /** The area it belongs to, such as `lifecycle`. */
  readonly area: string;
  /** What must hold, as a sentence about the driver. Unique within the suite. */
  readonly name: string;
  /** Capabilities without which it makes no sense. */
  readonly needs?: readonly Capability[];
  /** Throws when it does not hold. */
  run(world: World): Promise<void>;
}

/** The checks of one area. */
export function checksOf(area: string, checks: readonly Omit<ConformanceCheck, 'area'>[]): readonly ConformanceCheck[] {
  return checks.map((check) => ({ area, ...check }));
}
