/** What a command of the CLI talks to. */
export interface Terminal {
  /** Writes to stdout, as it is. */
  readonly out: (text: string) => void;
  /** Writes to stderr, as it is. */
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Exit codes: it worked or can be used, it did not or cannot, it was called wrongly. */
export const EXIT: { readonly fine: 0; readonly failed: 1; readonly usage: 2 } = { fine: 0, failed: 1, usage: 2 };

/** A table of two columns in plain text. */
export function table(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}
