// @ts-check
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ScriptError } from '../../../../scripts/lib/say.mjs';
import { isOlderThanTheSources, newerApiFlags, sdkFlags } from './sdk.mjs';

/** A dump of all of the framework has some tens of megabytes. */
const MAX_DUMP_BYTES = 512 * 1024 * 1024;

const DOUBLE = join(import.meta.dirname, '../../../applevz-fake/double');

/**
 * Compares what the double declares of Virtualization with what the SDK does: methods and properties with their types, and the values of enums.
 *
 * @param {import('./sdk.mjs').Sdk} sdk @param {string} target
 * @returns {Promise<{ compared: number, newer: number, problems: string[] }>} `newer`: what the SDK does not have at all, as it is older than the double, and the sources do not use
 */
export async function findDrift(sdk, target) {
  const workDir = await mkdtemp(join(tmpdir(), 'vmrs-drift-'));
  try {
    // Only this framework of the double's: Foundation and the others come from the SDK for both.
    await symlink(join(DOUBLE, 'Virtualization'), join(workDir, 'Virtualization'));
    const source = join(workDir, 'all.mm');
    const vmnet = isOlderThanTheSources(sdk) ? 'typedef struct vmnet_network *vmnet_network_ref;' : '';
    await writeFile(
      source,
      `#import <Foundation/Foundation.h>\n#include <vmnet/vmnet.h>\n${vmnet}\n#import <Virtualization/Virtualization.h>\n`,
    );
    // With what the sources are checked against where the SDK has nothing.
    const theirs = await declarations(sdk, target, source, newerApiFlags(sdk));
    const ours = await declarations(sdk, target, source, ['-I', workDir]);
    return compare(ours, theirs);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** @param {Map<string, string>} ours @param {Map<string, string>} theirs */
function compare(ours, theirs) {
  let compared = 0;
  let newer = 0;
  const problems = [];
  for (const [name, type] of ours) {
    const real = theirs.get(name);
    if (real === undefined) newer++;
    else if (real === type) compared++;
    else problems.push(`${name} is ${type} in the double, and ${real} in the SDK`);
  }
  return { compared, newer, problems };
}

/**
 * @param {import('./sdk.mjs').Sdk} sdk @param {string} target @param {string} source @param {readonly string[]} flags
 * @returns {Promise<Map<string, string>>} types by name
 */
async function declarations(sdk, target, source, flags) {
  const dump = ['-Xclang', '-ast-dump=json', '-Xclang', '-ast-dump-filter=VZ'];
  const args = [...flags, ...sdkFlags(sdk, target), '-std=c++17', '-fobjc-arc', '-w', '-fsyntax-only', ...dump, source];
  const { stdout } = await promisify(execFile)(sdk.clang, args, { maxBuffer: MAX_DUMP_BYTES }).catch((cause) => {
    throw new ScriptError(`the headers of Virtualization do not compile:\n${String(cause.stderr).trim()}`, { cause });
  });
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const node of documents(stdout)) collect(node, found);
  return found;
}

/** A dump is one document of JSON after the other, each ending in a brace at the start of a line. @param {string} output */
function documents(output) {
  return output
    .split(/^(?=\{$)/m)
    .map((text) => text.slice(0, text.lastIndexOf('\n}') + 2))
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text));
}

/** @param {any} node @param {Map<string, string>} found */
function collect(node, found) {
  const owner = node.kind === 'ObjCCategoryDecl' ? node.interface?.name : node.name;
  let next = 0;
  for (const member of node.inner ?? []) {
    if (member.isImplicit) continue;
    if (member.kind === 'ObjCMethodDecl') {
      const parameters = (member.inner ?? []).filter((/** @type {any} */ one) => one.kind === 'ParmVarDecl');
      const types = parameters.map((/** @type {any} */ one) => plain(one.type.qualType));
      found.set(
        `${member.instance ? '-' : '+'}[${owner} ${member.name}]`,
        `(${types.join(', ')}) -> ${plain(member.returnType.qualType)}`,
      );
    } else if (member.kind === 'ObjCPropertyDecl') {
      const access = member.readonly ? 'readonly' : 'readwrite';
      found.set(`${owner}.${member.name}${member.class ? ' (class)' : ''}`, `${access} ${plain(member.type.qualType)}`);
    } else if (member.kind === 'EnumConstantDecl') {
      const given = member.inner?.find((/** @type {any} */ one) => one.value !== undefined)?.value;
      const value = given === undefined ? next : Number(given);
      next = value + 1;
      found.set(`${owner}.${member.name}`, `= ${value}`);
    }
  }
}

/** A type without what says nothing to a caller: who may be nil, and what a collection holds. @param {string} type */
function plain(type) {
  return type
    .replace(/API_AVAILABLE\((?:[^()]|\([^()]*\))*\)/g, '')
    .replace(/\b(_Nullable|_Nonnull|_Null_unspecified|__strong|__autoreleasing|__unsafe_unretained|enum)\b/g, '')
    .replace(/<[^<>]*>/g, (held) => (/^<VZ\w+>$/.test(held) ? held : ''))
    .replace(/\s+/g, ' ')
    .replace(/\s*\*\s*/g, ' *')
    .replace(/ ?([(),^]) ?/g, '$1')
    .trim();
}
