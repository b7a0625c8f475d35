/** A TypeScript sample of a page. */
export interface Sample {
  /** The page, relative to the repository. */
  readonly page: string;
  /** Line of the page on which its code begins, from 1. */
  readonly line: number;
  readonly code: string;
  /** Declarations of what the sample uses and does not show. */
  readonly given: string;
  /** Other files that it imports, by path relative to it, with their declarations. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * A fence of TypeScript, and right above it what it takes for given, in a comment that readers do not see:
 *
 *     <!-- given
 *     declare const kernel: string;
 *     file ./guests.ts: export declare function guest(): void;
 *     -->
 */
const FENCE = /(?:<!-- given\n(?<given>(?:(?!-->)[\s\S])*)-->\n)?```ts\n(?<code>[\s\S]*?)\n```/g;

/** `file <path>: <declarations>` */
const FILE = /^file (?<path>\S+): (?<content>.*)$/;

/** The samples of a page of Markdown. */
export function samplesOf(page: string, markdown: string): readonly Sample[] {
  return [...markdown.matchAll(FENCE)].map((match): Sample => {
    const { given = '', code = '' } = match.groups ?? {};
    const start = match.index + match[0].indexOf('```ts\n') + '```ts\n'.length;
    const lines = given.split('\n');
    const files = lines.flatMap((line) => {
      const { path, content } = FILE.exec(line)?.groups ?? {};
      return path === undefined || content === undefined ? [] : [[path, content] as const];
    });
    return {
      page,
      line: markdown.slice(0, start).split('\n').length,
      code,
      given: lines.filter((line) => !FILE.test(line)).join('\n'),
      files: Object.fromEntries(files),
    };
  });
}
