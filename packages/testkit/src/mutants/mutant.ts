import type { VmDriver } from '@vmrs/core/driver';
import type { FakeDriverOptions } from '../fake-driver/index.ts';

/** A deliberately wrong driver. */
export interface Mutant {
  /** What is wrong with it, as a sentence. */
  readonly fault: string;
  /** The check that must fail, as `area: name`. */
  readonly caughtBy: string;
  /** Checks that cannot but fail with it, as `area: name`. Default none. */
  readonly alsoFails?: readonly string[];
  /** Options of the fake driver that is made wrong. */
  readonly options?: FakeDriverOptions;
  /** Makes the wrong driver out of a good one. Called for each driver that the suite asks for. */
  mutate(driver: VmDriver): VmDriver;
}
