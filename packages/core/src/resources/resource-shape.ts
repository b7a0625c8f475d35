import { isAbsolute, normalize } from 'node:path';
import type { ProcessIdentity, Resource } from '../contract/index.ts';
import { isToken } from '../process/find-by-token.ts';
import { isProcessIdentity } from '../process/identity.ts';

/** IFNAMSIZ of Linux, less the closing NUL. */
const LONGEST_INTERFACE_NAME = 15;

/**
 * Reads a resource from a line of a ledger; null when it is none. Strict, because what comes out is removed, ended or
 * unmounted later: paths are absolute and without `..`, names are no options of a program.
 */
export function parseResource(value: unknown): Resource | null {
  if (typeof value !== 'object' || value === null) return null;
  const { kind, path, name, netns, role, token, identity, keeper } = value as Partial<Record<string, unknown>>;
  switch (kind) {
    case 'directory':
    case 'file':
    case 'mount':
    case 'partial-snapshot':
      return isPlainPath(path) ? { kind, path } : null;
    case 'tap':
      return isInterfaceName(name) && (netns === null || isNetnsName(netns)) ? { kind, name, netns } : null;
    case 'process':
      if (typeof role !== 'string' || !isToken(token) || !isIdentityOrNull(identity)) return null;
      // Ledgers of before there were keepers name none.
      if (keeper !== undefined && !isIdentityOrNull(keeper)) return null;
      return { kind, role, token, identity, keeper: keeper ?? null };
    default:
      return null;
  }
}

/** Two resources with the same key are the same thing in the world. */
export function resourceKey(resource: Resource): string {
  switch (resource.kind) {
    case 'directory':
    case 'file':
    case 'mount':
    case 'partial-snapshot':
      return `${resource.kind}:${resource.path}`;
    case 'tap':
      return `tap:${resource.netns ?? ''}/${resource.name}`;
    case 'process':
      return `process:${resource.token}`;
  }
}

/** A resource in words, for messages. */
export function describeResource(resource: Resource): string {
  switch (resource.kind) {
    case 'directory':
    case 'file':
    case 'mount':
    case 'partial-snapshot':
      return `${resource.kind} ${resource.path}`;
    case 'tap':
      return `tap ${resource.name}${resource.netns === null ? '' : ` in network namespace ${resource.netns}`}`;
    case 'process':
      return `process ${resource.role}${resource.identity === null ? '' : ` (pid ${resource.identity.pid})`}`;
  }
}

function isIdentityOrNull(value: unknown): value is ProcessIdentity | null {
  return value === null || isProcessIdentity(value);
}

function isPlainPath(value: unknown): value is string {
  return typeof value === 'string' && isAbsolute(value) && normalize(value) === value && !value.includes('\0');
}

function isInterfaceName(value: unknown): value is string {
  return typeof value === 'string' && Buffer.byteLength(value) <= LONGEST_INTERFACE_NAME && isNetnsName(value);
}

function isNetnsName(value: unknown): value is string {
  return typeof value === 'string' && /^[^-\s/.][^\s/]*$/.test(value);
}
