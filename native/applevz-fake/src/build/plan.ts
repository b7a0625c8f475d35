import { createHash, type Hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type ObjFw, objFwFolder } from '../objfw/objfw.ts';
import type { Compiler } from './compiler.ts';
import { BUILD, DOUBLE_SOURCES } from './places.ts';

/** One file to compile. */
export interface Compilation {
  readonly source: string;
  readonly flags: readonly string[];
  /** Named by the hash of all that goes into it. */
  readonly object: string;
}

/** All that makes up one addon. */
export interface Plan {
  readonly compilations: readonly Compilation[];
  readonly linkFlags: readonly string[];
  /** Named by the hash of all that goes into it. */
  readonly addon: string;
}

/** What differs between builds. */
export interface PlanOptions {
  readonly sanitize: boolean;
  /** Folder of the addon's sources. */
  readonly sources: string;
}

/** Says what has to be compiled and linked, and how. Reads the sources, starts nothing. */
export async function makePlan(compiler: Compiler, objFw: ObjFw, options: PlanOptions): Promise<Plan> {
  const own = await tree(DOUBLE_SOURCES);
  const addon = await tree(options.sources);
  const sanitizers = options.sanitize ? ['-fsanitize=address,undefined', '-fno-omit-frame-pointer'] : [];
  const flags = compilerFlags(objFw, sanitizers);
  const ownKey = keyOf(compiler, own.headers, JSON.stringify([flags('.cc'), flags('.mm')]));
  const addonKey = keyOf(compiler, [...own.headers, ...addon.headers], JSON.stringify([flags('.cc'), flags('.mm')]));
  const compilations = [
    ...own.sources.map((file) => compilation(file, ownKey, flags(file.name))),
    ...addon.sources.map((file) => compilation(file, addonKey, flags(file.name))),
  ];
  const linkFlags = [
    ...['-shared', '-pthread', ...sanitizers, ...(options.sanitize ? ['-shared-libasan'] : [])],
    // A Mac never unloads an image with Objective-C classes, whatever becomes of the worker that loaded it.
    ...['-Wl,-z,nodelete', `-L${objFw.lib}`, '-lobjfw', '-lobjfwrt', `-Wl,-rpath,${objFw.lib}`],
  ];
  const all = createHash('sha256').update(JSON.stringify([compilations.map(({ object }) => object), linkFlags]));
  return { compilations, linkFlags, addon: join(BUILD, digest(all), 'applevz.node') };
}

function compilerFlags(objFw: ObjFw, sanitizers: readonly string[]): (name: string) => readonly string[] {
  const require = createRequire(import.meta.url);
  const nodeAddonApi = dirname(require.resolve('node-addon-api/package.json'));
  const { include_dir: nodeApiHeaders } = require('node-api-headers') as { readonly include_dir: string };
  const include = ['', 'include', 'pretence', 'dispatch', 'Virtualization'].map(
    (one) => `-I${join(DOUBLE_SOURCES, one)}`,
  );
  const common = [
    ...[
      '-std=c++17',
      '-fPIC',
      '-gline-tables-only',
      '-O0',
      '-fvisibility=hidden',
      '-Wall',
      '-Wextra',
      '-Werror',
      ...sanitizers,
    ],
    ...['-DAPPLEVZ_DOUBLE', '-DNAPI_VERSION=8', '-DNAPI_DISABLE_CPP_EXCEPTIONS'],
    ...[...include, '-isystem', nodeAddonApi, '-isystem', nodeApiHeaders],
  ];
  const objectiveC = [
    ...['-fobjc-runtime=objfw-1.3', '-fobjc-arc', '-fblocks', '-fexceptions', '-fobjc-exceptions'],
    // ObjFW's strings in place of those that Apple's compiler lays out for Core Foundation.
    ...['-fconstant-string-class=OFConstantString', '-Xclang', '-fno-constant-cfstrings'],
    // Which pointers may be null is for the check against Apple's own headers to say.
    ...['-Wno-nullability-completeness', '-isystem', objFw.include],
  ];
  return (name) => (name.endsWith('.mm') ? [...common, ...objectiveC] : common);
}

interface SourceFile {
  readonly name: string;
  readonly path: string;
  readonly content: Buffer;
}

async function tree(folder: string): Promise<{ sources: readonly SourceFile[]; headers: readonly SourceFile[] }> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(?:cc|mm|h)$/.test(name)).sort();
  const files = await Promise.all(
    names.map(async (name) => ({ name, path: join(folder, name), content: await readFile(join(folder, name)) })),
  );
  const isHeader = ({ name }: SourceFile): boolean => name.endsWith('.h');
  return { sources: files.filter((file) => !isHeader(file)), headers: files.filter(isHeader) };
}

/** A hash of what every file of a group is compiled with. */
function keyOf(compiler: Compiler, headers: readonly SourceFile[], flags: string): string {
  const hash = createHash('sha256').update(JSON.stringify([compiler.identity, objFwFolder(), flags]));
  for (const { name, content } of headers) hash.update(`\n${name}\n`).update(content);
  return digest(hash);
}

// The folder is no part of it: a copy of sources in which one file differs shares the objects of the others.
function compilation({ name, path, content }: SourceFile, key: string, flags: readonly string[]): Compilation {
  const hash = createHash('sha256')
    .update(JSON.stringify([key, name, flags]))
    .update(content);
  return { source: path, flags, object: join(BUILD, 'objects', `${digest(hash)}.o`) };
}

function digest(hash: Hash): string {
  return hash.digest('hex').slice(0, 32);
}
