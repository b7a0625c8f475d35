import { realpath } from 'node:fs/promises';
import { dirname, normalize, resolve } from 'node:path';
import { ignoreErrno } from '@vmrs/core/driver';
import type { LayoutReader } from './executable-layout.ts';

/** A symbolic link that a copied executable needs to find a library: `place` is relative to the folder in which it is put as {@link HOST_EXECUTABLE}. */
export interface LibraryLink {
  readonly place: string;
  readonly target: string;
}

/** Which links an executable needs, and which libraries it will not find. */
export interface LibraryPlan {
  readonly links: readonly LibraryLink[];
  readonly missing: readonly MissingLibrary[];
}

/** A library that the executable needs and the copy cannot have. */
export interface MissingLibrary {
  /** As the load command names it. */
  readonly name: string;
  readonly neededBy: string;
  /** `absent`: it is at none of `searched`. `out-of-reach`: it lies where the copy cannot have a link to it. */
  readonly why: 'absent' | 'out-of-reach';
  readonly searched: readonly string[];
}

/** Where the copy lies in its folder. Its name is what macOS shows when it asks for permissions. */
export const HOST_EXECUTABLE = 'bin/vmrs-applevz-host';

/** Stands for the folder of the copy, which is not known yet. */
const TREE = '/@tree/';
/** What dyld has in its cache and the file system has not. */
const SYSTEM_FOLDERS = ['/usr/lib/', '/System/'];
/** An executable with more libraries of its own is none that we know how to copy. */
const MOST_IMAGES = 256;

/** An image on its way: where it really is, where it will seem to be, and the rpaths of what loads it. */
interface Image {
  readonly file: string;
  readonly place: string;
  readonly rpaths: readonly Candidate[];
}

/** One way to read a reference: the path for the original, and for the copy. */
interface Candidate {
  readonly original: string;
  readonly copied: string;
}

/**
 * Finds the links with which a copy of `executable` finds the libraries that the original finds relative to itself, theirs too. `@rpath` is read as dyld does: in the
 * order of the rpaths, those of the image first, then those of what loads it. Throws what `read` throws.
 */
export async function planLibraryLinks(executable: string, arch: string, read: LayoutReader): Promise<LibraryPlan> {
  const links = new Map<string, string>();
  const missing: MissingLibrary[] = [];
  const main: Image = { file: executable, place: TREE + HOST_EXECUTABLE, rpaths: [] };
  const queue: Image[] = [main];
  const seen = new Set([main.file]);
  for (let image = queue.shift(); image !== undefined; image = queue.shift()) {
    const layout = await read(image.file, arch);
    if (layout === null) continue;
    const expandIn = (name: string): Candidate | null => expand(name, image, main);
    const rpaths = [...layout.rpaths.map(expandIn).filter((one) => one !== null), ...image.rpaths];
    for (const { name, weak } of layout.libraries) {
      const candidates = candidatesOf(name, rpaths, expandIn);
      if (candidates.length === 0) continue;
      const found = await firstThere(candidates);
      if (found === null) {
        // What a library lacks it lacks today as well; what the executable itself lacks keeps it from starting.
        if (image === main && !weak && !candidates.some(({ original }) => isSystem(original))) {
          missing.push({ name, neededBy: image.file, why: 'absent', searched: candidates.map((one) => one.original) });
        }
        continue;
      }
      const place = placeFor(found.candidate, candidates);
      if (place === null) {
        // A library's own libraries may still be found: dyld may follow the link before it reads `@loader_path`.
        if (image === main && !weak) {
          missing.push({ name, neededBy: image.file, why: 'out-of-reach', searched: [found.candidate.original] });
        }
        continue;
      }
      if (place.startsWith(TREE) && !links.has(place)) links.set(place, found.file);
      if (seen.has(found.file) || seen.size >= MOST_IMAGES) continue;
      seen.add(found.file);
      queue.push({ file: found.file, place, rpaths });
    }
  }
  return {
    links: [...links].map(([place, target]) => ({ place: place.slice(TREE.length), target })),
    missing,
  };
}

/** All places at which dyld looks for `name`, first first; none when it is a plain path, which means the same for the copy. */
function candidatesOf(
  name: string,
  rpaths: readonly Candidate[],
  expandIn: (name: string) => Candidate | null,
): readonly Candidate[] {
  const rest = after(name, '@rpath/');
  if (rest !== null) {
    return rpaths.map(({ original, copied }) => ({ original: resolve(original, rest), copied: resolve(copied, rest) }));
  }
  const one = name.startsWith('@') ? expandIn(name) : null;
  return one === null ? [] : [one];
}

/** Reads `@loader_path`, `@executable_path` and absolute paths; null for anything else. */
function expand(name: string, image: Image, main: Image): Candidate | null {
  if (name.startsWith('/')) return { original: normalize(name), copied: normalize(name) };
  for (const [prefix, base] of [
    ['@loader_path', image],
    ['@executable_path', main],
  ] as const) {
    const rest = name === prefix ? '' : after(name, `${prefix}/`);
    if (rest !== null) {
      return { original: resolve(dirname(base.file), rest), copied: resolve(dirname(base.place), rest) };
    }
  }
  return null;
}

function after(name: string, prefix: string): string | null {
  return name.startsWith(prefix) ? name.slice(prefix.length) : null;
}

async function firstThere(
  candidates: readonly Candidate[],
): Promise<{ readonly candidate: Candidate; readonly file: string } | null> {
  for (const candidate of candidates) {
    const file = await ignoreErrno(realpath(candidate.original), 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP');
    if (file !== undefined) return { candidate, file };
  }
  return null;
}

/** Where the copy will find it: at the same path when that does not depend on the copy, else at the first place where a link may be. */
function placeFor(found: Candidate, candidates: readonly Candidate[]): string | null {
  if (found.copied === found.original) return found.copied;
  return [found, ...candidates].map(({ copied }) => copied).find(mayHoldLink) ?? null;
}

/** Only in folders of the copy's folder: beside them lies what we know about it. */
function mayHoldLink(path: string): boolean {
  return path.startsWith(TREE) && path.slice(TREE.length).includes('/') && path !== TREE + HOST_EXECUTABLE;
}

function isSystem(path: string): boolean {
  return SYSTEM_FOLDERS.some((folder) => path.startsWith(folder));
}
