import { stripVTControlCharacters } from 'node:util';

/** Lines of columns, two spaces apart, under upper-case headings. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))));
  const padded = lines.map((line) =>
    widths
      .map((wide, column) => (line[column] ?? '') + ' '.repeat(wide - width(line[column] ?? '')))
      .join('  ')
      .trimEnd(),
  );
  return padded.join('\n');
}

/** `name: value` lines with the values under each other. */
export function listing(entries: readonly (readonly [name: string, value: string])[]): string {
  const wide = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${`${name}:`.padEnd(wide + 1)}  ${value}`.trimEnd()).join('\n');
}

function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
