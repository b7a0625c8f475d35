/** What `pnpm licenses list --json` tells, by the licence that packages state. */
export type LicenceList = Readonly<Record<string, readonly LicensedPackage[]>>;

/** One package under a licence. */
export interface LicensedPackage {
  readonly name: string;
  readonly versions: readonly string[];
}

/** SPDX identifiers of licences under which code may come to our users: all permissive, none asks for more than its notice. */
export const ALLOWED_LICENCES: ReadonlySet<string> = new Set([
  ...['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT'],
]);

/** What is wrong with the licences of dependencies, a sentence each. Of `(A OR B)` one must be allowed, of `A AND B` all. */
export function licenceProblems(list: LicenceList): readonly string[] {
  return Object.entries(list)
    .filter(([licence]) => !isAllowed(licence))
    .flatMap(([licence, packages]) =>
      packages.map(({ name, versions }) => `${name}@${versions.join(', ')} is under ${licence}, which is not allowed`),
    );
}

function isAllowed(expression: string): boolean {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  // Anything more involved than this should be looked at by a person.
  if (/[()]/.test(plain)) return false;
  const alternatives = plain.split(' OR ');
  return alternatives.some((all) => all.split(' AND ').every((licence) => ALLOWED_LICENCES.has(licence)));
}
