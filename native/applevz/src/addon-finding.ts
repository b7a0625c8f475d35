/** One place at which the addon was looked for, and why it could not be used. */
export interface AddonFinding {
  /** Where it was looked for. */
  readonly path: string;
  /** Why it is of no use, in the words of who said so. */
  readonly problem: string;
}
