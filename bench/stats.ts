/** The value below which `share` of the samples lie. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A Markdown table of times in milliseconds, each with its ratio to the first row of its group. */
export function table(
  rows: readonly { readonly what: string; readonly ms: readonly number[]; readonly over?: readonly number[] }[],
): string {
  const lines = rows.map(({ what, ms, over }) => {
    const p50 = quantile(ms, 0.5);
    const ratio = over === undefined ? '' : `${(p50 / quantile(over, 0.5)).toFixed(2)}x`;
    return `| ${what} | ${ms.length} | ${p50.toFixed(2)} | ${quantile(ms, 0.99).toFixed(2)} | ${ratio} |`;
  });
  return ['| what | n | p50 ms | p99 ms | ratio |', '|---|---|---|---|---|', ...lines].join('\n');
}
