/** The names of a new driver. */
export interface DriverNames {
  /** The driver's id: lower-case letters, digits and hyphens. */
  readonly id: string;
  /** Name of its npm package. */
  readonly packageName: string;
}

/** What drivers of third parties are called, by convention. */
const PREFIX = 'vmrs-driver-';

/**
 * The names that follow from the last part of a folder's path: `my-hypervisor` and `vmrs-driver-my-hypervisor` from either of these two. What cannot be part of an id
 * becomes a hyphen; nothing is left of a name without any letter or digit.
 */
export function deriveNames(folderName: string): DriverNames {
  const id = folderName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .replace(new RegExp(`^${PREFIX}`), '');
  return { id, packageName: `${PREFIX}${id}` };
}

/** `my-hypervisor` as the part of a class name, `MyHypervisor`. */
export function pascalCase(id: string): string {
  return id
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
