import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Problem } from '@vmrs/core';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { UsageError } from '../errors/usage-error.ts';
import { EXTRAS_SCHEMA, type FileExtras, readExtras } from './file-fields.ts';

/** Names under which the file of a VM is looked for when none is given. */
export const FILE_NAMES: readonly string[] = ['vmrs.yaml', 'vmrs.yml', 'vmrs.json'];

/** The fields of a configuration that hold a path. */
const PATH_FIELDS = ['kernel', 'initramfs', 'rootDisk', 'dataDisk', 'seedIso', 'serialLog', 'efiVariableStore'];

/** The file of a VM. */
export interface VmFile {
  readonly path: string;
  /** The fields of a `VmConfig`, unchecked, with relative paths made absolute: they are relative to the file. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly extras: FileExtras;
  /** What is wrong with the extras. */
  readonly problems: readonly Problem[];
  /** Where a field stands: `12:3`, line and column; null for one that is not there. */
  readonly locate: (path: string) => string | null;
}

/** Reads a file of YAML or JSON (which is YAML). Throws {@link UsageError} when it cannot be read, or is neither. */
export async function readVmFile(path: string): Promise<VmFile> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`'${path}' cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true });
  const [broken] = document.errors;
  if (broken !== undefined) throw new UsageError(`'${path}' is neither YAML nor JSON: ${broken.message}`);
  const value: unknown = document.toJS();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`'${path}' must hold the fields of one VM, such as 'name: web'`);
  }
  const { $schema: _, ...fields } = value as Record<string, unknown>;
  const own = Object.keys(EXTRAS_SCHEMA);
  const config = Object.fromEntries(Object.entries(fields).filter(([name]) => !own.includes(name)));
  return {
    path,
    config: absolute(config, dirname(path)),
    ...readExtras(fields),
    locate: (field) => placeOf(document, lines, field),
  };
}

/** `config` with its relative paths taken from `folder`. What is no path, or has a wrong type, stays as it is. */
export function absolute(config: Readonly<Record<string, unknown>>, folder: string): Record<string, unknown> {
  const whole = { ...config };
  for (const field of PATH_FIELDS) if (field in whole) whole[field] = from(folder, whole[field]);
  for (const [list, field] of [
    ['sharedDirs', 'hostPath'],
    ['networks', 'path'],
  ] as const) {
    const items = whole[list];
    if (Array.isArray(items)) {
      whole[list] = items.map((item: unknown) =>
        typeof item === 'object' && item !== null && field in item
          ? { ...item, [field]: from(folder, Reflect.get(item, field)) }
          : item,
      );
    }
  }
  return whole;
}

function from(folder: string, path: unknown): unknown {
  return typeof path === 'string' && path !== '' ? resolve(folder, path) : path;
}

function placeOf(document: Document, lines: LineCounter, field: string): string | null {
  const keys = field.split(/[.[\]]+/).flatMap((key) => (key === '' ? [] : /^\d+$/.test(key) ? Number(key) : key));
  // A field that is missing is pointed to by what it is missing from.
  for (let depth = keys.length; depth > 0; depth -= 1) {
    const node: unknown = document.getIn(keys.slice(0, depth), true);
    const offset = isNode(node) ? node.range?.[0] : undefined;
    if (offset === undefined) continue;
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  }
  return null;
}
