import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { ConformanceSubject } from '../conformance/subject.ts';
import { fakeDriver, fakeSubject } from '../fake-driver/index.ts';
import { MUTANTS } from './all-mutants.ts';
import type { Mutant } from './mutant.ts';

/** How long a check of a mutant may take: what hangs is caught by this, and nothing that is well takes so long. */
const CHECK_MS = 15_000;

/** A mutant as a subject of the conformance suite. Its guests are written to `directory`. */
export function mutantSubject(mutant: Mutant, directory: string): ConformanceSubject {
  const url = pathToFileURL(createRequire(import.meta.url).resolve('#mutated-driver'));
  url.searchParams.set('mutant', String(MUTANTS.indexOf(mutant)));
  return {
    ...fakeSubject(directory, mutant.options),
    name: `fake, but ${mutant.fault}`,
    createDriver: () => mutant.mutate(fakeDriver(mutant.options)),
    module: { url, create: 'createMutatedDriver' },
    guestTimeoutMs: 5_000,
    checkTimeoutMs: CHECK_MS,
  };
}
