import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VmError } from '../errors/index.ts';
import { errnoOf, ignoreErrno } from '../util/errno.ts';
import type { FileSystem } from '../util/file-system.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { ioError } from './io-error.ts';
import { migrateRecord } from './record-migrations.ts';
import { isVmRecord } from './record-shape.ts';
import { RECORD_SCHEMA, type VmRecord } from './vm-record.ts';

/** What there is in the place of a record. */
export type FoundRecord =
  | { readonly status: 'whole'; readonly record: VmRecord }
  | { readonly status: 'none' }
  /** Written by a newer core. */
  | { readonly status: 'newer'; readonly schema: number }
  | { readonly status: 'damaged'; readonly why: string; readonly cause?: unknown };

/** Looks at a record and leaves everything as it is. One of an older core is read as {@link migrateRecord} makes it. Throws `IO` when it cannot be read. */
export async function inspectRecord(file: string): Promise<FoundRecord> {
  const text = await ignoreErrno(readFile(file, 'utf8'), 'ENOENT').catch((error: unknown) => {
    throw ioError('reading', file, error);
  });
  if (text === undefined) return { status: 'none' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { status: 'damaged', why: 'it is not JSON', cause };
  }
  const schema = schemaOf(value);
  if (schema > RECORD_SCHEMA) return { status: 'newer', schema };
  const record = migrateRecord(value);
  return isVmRecord(record)
    ? { status: 'whole', record }
    : { status: 'damaged', why: 'it is JSON but not a record of a VM' };
}

/**
 * Reads a record; null when there is none. A damaged one is renamed to `record.json.corrupt-<n>` and reported as `STORE_CORRUPT`,
 * so that the name can be used again and the evidence stays. One of a newer core is left alone and reported as `STORE_CORRUPT`
 * with `setAside` null. Throws `IO` when it cannot be read.
 */
export async function readRecord(file: string, fileSystem: FileSystem): Promise<VmRecord | null> {
  const found = await inspectRecord(file);
  switch (found.status) {
    case 'whole':
      return found.record;
    case 'none':
      return null;
    case 'newer':
      throw tooNew(file, found.schema);
    case 'damaged':
      throw await damaged(file, found.why, found.cause, fileSystem);
  }
}

/** Writes a record in one step; see {@link writeFileAtomic}. Throws `IO`. */
export async function writeRecord(file: string, record: VmRecord, fileSystem: FileSystem): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`, { fileSystem });
}

/** The VMs of which there is a record, in the order of their names. A state directory that does not exist has none. */
export async function listRecordFiles(stateRoot: string): Promise<{ namespace: string; name: string }[]> {
  const found: { namespace: string; name: string }[] = [];
  for (const namespace of await foldersIn(stateRoot)) {
    for (const name of await foldersIn(join(stateRoot, namespace))) {
      const record = join(stateRoot, namespace, name, 'record.json');
      if ((await ignoreErrno(stat(record), 'ENOENT', 'ENOTDIR')) !== undefined) found.push({ namespace, name });
    }
  }
  return found;
}

async function foldersIn(directory: string): Promise<string[]> {
  const entries = await ignoreErrno(readdir(directory, { withFileTypes: true }), 'ENOENT').catch((error: unknown) => {
    throw ioError('listing', directory, error);
  });
  const folders = (entries ?? []).filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  return folders.map(({ name }) => name).sort();
}

function schemaOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || !('schema' in value)) return 0;
  return typeof value.schema === 'number' ? value.schema : 0;
}

function tooNew(file: string, schema: number): VmError<'STORE_CORRUPT'> {
  const detail = `'${file}' was written by a newer @vmrs/core (schema ${schema}, this one reads ${RECORD_SCHEMA}); upgrade @vmrs/core`;
  return new VmError('STORE_CORRUPT', { detail, details: { path: file, setAside: null } });
}

async function damaged(
  file: string,
  why: string,
  cause: unknown,
  fileSystem: FileSystem,
): Promise<VmError<'STORE_CORRUPT'>> {
  let setAside: string | null = null;
  let kept = '';
  try {
    setAside = await moveAside(file, fileSystem);
    kept = `it was renamed to '${setAside}'`;
  } catch (error) {
    kept = `it cannot be renamed (${errnoOf(error)}); do that by hand`;
  }
  const detail = `'${file}' is damaged: ${why}; ${kept}. The VM's ledger beside it still lists what was made for it`;
  return new VmError('STORE_CORRUPT', { detail, details: { path: file, setAside }, cause });
}

/** Renames to the first free `.corrupt-<n>`. By link and unlink, because a rename would replace an earlier one. */
async function moveAside(file: string, fileSystem: FileSystem): Promise<string> {
  for (let n = 1; ; n += 1) {
    const target = `${file}.corrupt-${n}`;
    try {
      await fileSystem.link(file, target);
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') continue;
      throw error;
    }
    await fileSystem.unlink(file);
    return target;
  }
}
