import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GuestError } from '../errors/guest-error.ts';
import { removeAbandoned, removeTemporary, temporaryBeside } from '../util/atomic-file.ts';
import { hasErrorCode } from '../util/error-code.ts';
import { sha256, sha256OfFile } from '../util/sha256.ts';

const MANIFEST = 'manifest.json';

/** The files of one finished set of assets and facts about them. */
export interface AssetSet {
  readonly facts: Readonly<Record<string, string>>;
  /** Name of each file to its SHA-256. */
  readonly files: Readonly<Record<string, string>>;
}

/** Reads a finished set; `undefined` when it is missing, incomplete or damaged. Throws `IO` for anything else. */
export async function readAssetSet(folder: string): Promise<AssetSet | undefined> {
  try {
    const set = parseManifest(await readFile(join(folder, MANIFEST), 'utf8'));
    if (set === undefined) return undefined;
    for (const [name, digest] of Object.entries(set.files)) {
      if ((await sha256OfFile(join(folder, name))) !== digest) return undefined;
    }
    return set;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw new GuestError('IO', `cannot read the cached assets in "${folder}"`, { cause: error });
  }
}

/**
 * Puts a set into place as a whole: it is written beside the folder and renamed, the manifest last of all. When another
 * process was quicker, its set is kept; a damaged set is replaced. Throws `IO`.
 */
export async function writeAssetSet(
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
  facts: Readonly<Record<string, string>>,
): Promise<AssetSet> {
  const set: AssetSet = {
    facts,
    files: Object.fromEntries(Object.entries(files).map(([name, body]) => [name, sha256(body)])),
  };
  const temporary = temporaryBeside(folder);
  try {
    await mkdir(dirname(folder), { recursive: true });
    await removeAbandoned(folder);
    await mkdir(temporary);
    for (const [name, body] of Object.entries(files)) await writeFile(join(temporary, name), body);
    await writeFile(join(temporary, MANIFEST), JSON.stringify({ schema: 1, ...set }, null, 2));
    await moveIntoPlace(temporary, folder);
    return set;
  } catch (cause) {
    if (cause instanceof GuestError) throw cause;
    throw new GuestError('IO', `cannot write the cached assets to "${folder}"`, { cause });
  } finally {
    await removeTemporary(temporary);
  }
}

async function moveIntoPlace(temporary: string, folder: string): Promise<void> {
  try {
    await rename(temporary, folder);
    return;
  } catch (error) {
    if (!hasErrorCode(error, 'ENOTEMPTY') && !hasErrorCode(error, 'EEXIST')) throw error;
  }
  if ((await readAssetSet(folder)) !== undefined) return;
  const damaged = temporaryBeside(folder);
  await rename(folder, damaged);
  await rename(temporary, folder);
  await rm(damaged, { recursive: true, force: true });
}

function parseManifest(text: string): AssetSet | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { schema, facts, files } = value as { schema?: unknown; facts?: unknown; files?: unknown };
    return schema === 1 && isStringRecord(facts) && isStringRecord(files) ? { facts, files } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isStringRecord(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'string');
}
