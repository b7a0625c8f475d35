/** A package that is to be written. */
export interface NewPackage {
  /** Where it goes: a folder that is empty or not there yet. */
  readonly folder: string;
  /** The driver's id. */
  readonly id: string;
  /** Name of the npm package. */
  readonly packageName: string;
  /** `<process.platform>-<process.arch>` of each platform that the driver can serve; empty for all. */
  readonly platforms: readonly string[];
}
