import { major, satisfies } from 'semver';
import type { PlannedPackage, PlannedRelease } from './planned-release.ts';

/**
 * What is wrong with a release that is due, a sentence each; none when it may go out.
 *
 * - A package whose peer leaves the range that was published must itself break (2.0.0, or 0.2.0 before 1.0): its users get a new peer.
 * - No package breaks without a changeset that says so, for it or for one that it shares its version with: a minor release of core is no
 *   reason for a major one of a driver.
 * - Where a changeset raises a package's major, the changesets name each package whose peer it is as major too, so that each changelog says why.
 */
export function planProblems(plan: PlannedRelease): readonly string[] {
  return [...peersOutOfRange(plan), ...unaskedMajors(plan), ...unnamedDependents(plan)];
}

function peersOutOfRange({ packages }: PlannedRelease): readonly string[] {
  const byName = new Map(packages.map((planned) => [planned.name, planned]));
  return packages.flatMap((dependent) =>
    dependent.peers.flatMap((name) => {
      const peer = byName.get(name);
      if (peer === undefined || !breaks(peer) || breaks(dependent)) return [];
      return [
        `${name} goes from ${peer.before} to ${peer.after}, which is a new peer for the users of ${dependent.name}, ` +
          `but that only goes to ${dependent.after}: name it in a changeset too`,
      ];
    }),
  );
}

function unaskedMajors(plan: PlannedRelease): readonly string[] {
  const asked = askedMajors(plan);
  return plan.packages.flatMap(({ name, before, after }) => {
    if (major(after) === major(before)) return [];
    const sharers = plan.fixed.find((group) => group.includes(name)) ?? [name];
    if (sharers.some((sharer) => asked.has(sharer))) return [];
    return [`${name} goes from ${before} to ${after}, but no changeset asks for a major release of it`];
  });
}

function unnamedDependents(plan: PlannedRelease): readonly string[] {
  const asked = askedMajors(plan);
  return plan.packages.flatMap(({ name, peers }) =>
    peers
      .filter((peer) => asked.has(peer) && !asked.has(name))
      .map((peer) => `a changeset raises the major of ${peer}, but none names ${name} as major, whose peer it is`),
  );
}

function askedMajors({ changesets }: PlannedRelease): ReadonlySet<string> {
  const named = Object.values(changesets).flatMap((releases) => Object.entries(releases));
  return new Set(named.filter(([, bump]) => bump === 'major').map(([name]) => name));
}

/** Whether who asked for `^before` does not get `after`. */
function breaks({ before, after }: PlannedPackage): boolean {
  return !satisfies(after, `^${before}`);
}
