import { basename, resolve } from 'node:path';
import { type Arguments, parsePlatforms } from './arguments.ts';
import { deriveNames } from './names.ts';
import type { NewPackage } from './new-package.ts';
import { problemsOf } from './problems.ts';
import { refuseFull } from './refuse-full.ts';

const DEFAULT_PLATFORMS = ['linux-x64', 'linux-arm64'];

/** Asks for one thing and answers with what was typed; the empty answer stands for `preset`. */
export type Ask = (question: string, preset: string) => Promise<string>;

/**
 * Fills in what the command line leaves open: by questions where `ask` is given, else by the defaults. A name that cannot be is asked for again. Paths are relative to `cwd`. Throws a
 * `TypeError` when the folder is not given and there is nobody to ask, an `Error` when it holds anything.
 */
export async function complete(given: Arguments, ask: Ask | null, cwd: string): Promise<NewPackage> {
  const folder = given.folder ?? (await ask?.('Folder', 'my-hypervisor'));
  if (folder === undefined) throw new TypeError('no folder was given');
  const path = resolve(cwd, folder);
  // Before anything else is asked for.
  await refuseFull(path);
  const derived = deriveNames(basename(path));

  const id = await one(given.id, derived.id, 'Id of the driver', ask, (text) => wrong({ id: text }));
  const preset = id === derived.id ? derived.packageName : deriveNames(id).packageName;
  const packageName = await one(given.packageName, preset, 'Name of the npm package', ask, (text) =>
    wrong({ packageName: text }),
  );
  const platforms = await one(
    given.platforms?.join(','),
    DEFAULT_PLATFORMS.join(','),
    'Platforms (all: everywhere)',
    ask,
    (text) => wrong({ platforms: parsePlatforms(text) }),
  );
  return { folder: path, id, packageName, platforms: parsePlatforms(platforms) };
}

async function one(
  given: string | undefined,
  preset: string,
  question: string,
  ask: Ask | null,
  check: (text: string) => string | null,
): Promise<string> {
  if (given !== undefined || ask === null) return given ?? preset;
  for (let asked = question; ; ) {
    const text = await ask(asked, preset);
    const problem = check(text);
    if (problem === null) return text;
    asked = `${problem}\n${question}`;
  }
}

/** What is wrong with one of the names while the others are taken for right; null when nothing is. */
function wrong(part: Partial<Omit<NewPackage, 'folder'>>): string | null {
  const problems = problemsOf({ id: 'x', packageName: 'x', platforms: [], ...part });
  return problems.length === 0 ? null : problems.join('; ');
}
