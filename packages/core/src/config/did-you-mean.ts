/** How many letters may differ, as a share of the word's length. */
const TOLERANCE = 1 / 3;

/** The known word that `word` was probably meant to be, or null. Case, `_` and `-` do not count: `memory_mb` is `memoryMb`. */
export function didYouMean(word: string, known: readonly string[]): string | null {
  const plain = simplified(word);
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(plain, simplified(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, candidate.length * TOLERANCE))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate ?? null;
}

function simplified(word: string): string {
  return word.toLowerCase().replaceAll(/[_-]/g, '').slice(0, 64);
}

/** Letters to insert, remove or replace to get from `a` to `b` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (letter === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
