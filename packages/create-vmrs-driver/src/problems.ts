import validateNpmName from 'validate-npm-package-name';
import type { NewPackage } from './new-package.ts';

/** As core reads it from the manifest; a hyphen at its end would make no class name. */
const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** `<process.platform>-<process.arch>`. */
const PLATFORM = /^(aix|darwin|freebsd|linux|openbsd|sunos|win32)-[a-z0-9]+$/;

/** What is wrong with the names and platforms of a new package: everything at once, as sentences. Empty when all is well. */
export function problemsOf({ id, packageName, platforms }: Omit<NewPackage, 'folder'>): readonly string[] {
  const problems: string[] = [];
  if (!ID.test(id)) {
    problems.push(`the id '${id}' must be lower-case letters, digits and single hyphens, and begin with a letter`);
  }
  const { validForNewPackages, errors = [], warnings = [] } = validateNpmName(packageName);
  if (!validForNewPackages) {
    problems.push(`'${packageName}' is no name for a new npm package: ${[...errors, ...warnings].join('; ')}`);
  }
  for (const platform of platforms.filter((name) => !PLATFORM.test(name))) {
    problems.push(`'${platform}' is no platform; those are written as linux-x64, darwin-arm64`);
  }
  return problems;
}
