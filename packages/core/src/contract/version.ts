/** Version of the driver contract: two integers, independent of any package's version. */
export interface ContractVersion {
  readonly major: number;
  readonly minor: number;
}

/**
 * The contract this core speaks. Drivers write the numbers they were written for as a literal; reading this constant
 * instead would make every driver match always.
 */
export const CONTRACT_VERSION: ContractVersion = { major: 1, minor: 0 };

/** `1.0` */
export function formatContract(version: ContractVersion): string {
  return `${version.major}.${version.minor}`;
}

/** Whether a core of contract `core` can use a driver of contract `driver`: same major, and the driver's minor not above core's. */
export function contractMatches(driver: ContractVersion, core: ContractVersion = CONTRACT_VERSION): boolean {
  return driver.major === core.major && driver.minor <= core.minor;
}
