import { type ContractVersion, formatContract } from '../contract/index.ts';
import type { Problem } from '../errors/index.ts';

/** What a driver package says of itself in the field `vmrs.driver` of its package.json, readable without running its code. */
export interface DriverManifest {
  /** Lower-case letters, digits and `-`; equals the driver's own id. */
  readonly id: string;
  /** The contract the driver was written for. */
  readonly contract: ContractVersion;
  /** The module that exports `createDriver`, relative to the package.json. */
  readonly entry: string;
  /** `<process.platform>-<process.arch>` of each platform it can serve; empty for all. */
  readonly platforms: readonly string[];
  /** Among usable drivers the highest serves. Default 0. */
  readonly priority: number;
}

/** A manifest, or what is wrong with it; null when the package is no driver. */
export type ParsedManifest =
  | { readonly manifest: DriverManifest }
  | { readonly problems: readonly Problem[]; readonly id: string | null }
  | null;

/** Reads the manifest out of a parsed package.json. Lists every problem. */
export function parseManifest(packageJson: unknown): ParsedManifest {
  const field = propertyOf(propertyOf(packageJson, 'vmrs'), 'driver');
  if (field === undefined) return null;
  const problems: Problem[] = [];
  const wrong = (name: string, message: string): void => {
    problems.push({ path: `vmrs.driver.${name}`, message });
  };

  const id = propertyOf(field, 'id');
  const validId = typeof id === 'string' && /^[a-z][a-z0-9-]*$/.test(id);
  if (!validId) wrong('id', 'must be a string of lower-case letters, digits and hyphens');

  const contract = readContract(propertyOf(field, 'contract'));
  if (contract === null) wrong('contract', 'must be { "major": <integer>, "minor": <integer> }');

  const entry = propertyOf(field, 'entry');
  const validEntry = typeof entry === 'string' && entry.startsWith('./') && !entry.split('/').includes('..');
  if (!validEntry) wrong('entry', 'must be a path inside the package that starts with ./');

  const platforms = propertyOf(field, 'platforms') ?? [];
  const validPlatforms = Array.isArray(platforms) && platforms.every((item) => typeof item === 'string');
  if (!validPlatforms) wrong('platforms', 'must be an array of strings such as "linux-x64"');

  const priority = propertyOf(field, 'priority') ?? 0;
  if (typeof priority !== 'number' || !Number.isFinite(priority)) wrong('priority', 'must be a number');

  if (
    problems.length > 0 ||
    !validId ||
    contract === null ||
    !validEntry ||
    !validPlatforms ||
    typeof priority !== 'number'
  ) {
    return { problems, id: typeof id === 'string' ? id : null };
  }
  return { manifest: { id, contract, entry, platforms, priority } };
}

/** A contract version out of unchecked data, or null. */
export function readContract(value: unknown): ContractVersion | null {
  const major = propertyOf(value, 'major');
  const minor = propertyOf(value, 'minor');
  const integers = Number.isSafeInteger(major) && Number.isSafeInteger(minor);
  return integers ? { major: Number(major), minor: Number(minor) } : null;
}

/** `1.0`, or what stands there instead. */
export function showContract(value: unknown): string {
  const contract = readContract(value);
  return contract === null ? (JSON.stringify(value) ?? 'none') : formatContract(contract);
}

/** A property of unchecked data. */
export function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
