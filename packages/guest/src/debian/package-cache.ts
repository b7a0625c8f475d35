import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GuestError } from '../errors/guest-error.ts';
import { removeAbandoned, removeTemporary, temporaryBeside, writeFileAtomically } from '../util/atomic-file.ts';
import { hasErrorCode } from '../util/error-code.ts';
import { sha256, sha256OfFile } from '../util/sha256.ts';
import type { AvailablePackage, PackageIdentity, PackageSource, TransferOptions } from './package-source.ts';

/** Finds the concrete package behind a request, such as the newest kernel behind a metapackage. */
export type Resolver = (source: PackageSource, options: TransferOptions) => Promise<AvailablePackage>;

/** What is wanted from the cache. */
export interface PackageRequest {
  /** What makes the request unique within its source, such as `kernel linux-image-cloud-amd64`. */
  readonly key: string;
  readonly resolve: Resolver;
}

/** A package request whose answer is known; the file comes when it is needed. */
export interface ResolvedPackage extends PackageIdentity {
  /** The path of the `.deb` in the cache: downloaded at the first call, digest checked at every call. */
  file(options: TransferOptions): Promise<string>;
}

/**
 * Debian packages kept in a folder. The answer to a request is remembered as well, so a second run asks nobody; only
 * `refresh` asks the source again. Files are named by their digest; one that does not match it counts as missing.
 */
export function packageCache(folder: string, source: PackageSource, mode: 'remember' | 'refresh' | 'offline') {
  return {
    async resolve(request: PackageRequest, options: TransferOptions): Promise<ResolvedPackage> {
      const answerPath = join(folder, 'resolved', `${sha256(`${source.id}\n${request.key}`).slice(0, 32)}.json`);
      const remembered = mode === 'refresh' ? undefined : await readAnswer(answerPath);
      let available: AvailablePackage | undefined;
      const ask = async (): Promise<AvailablePackage> => {
        if (mode === 'offline') {
          throw new GuestError('NOT_FOUND', `the cache "${folder}" lacks ${request.key}: run once without "offline"`);
        }
        available ??= await request.resolve(source, options);
        return available;
      };
      const identity = remembered ?? (await ask());
      if (remembered === undefined) await writeFileAtomically(answerPath, JSON.stringify(toAnswer(identity), null, 2));
      return {
        ...toAnswer(identity),
        file: async (transfer) => {
          const path = join(
            folder,
            'packages',
            `${identity.sha256.slice(0, 16)}-${identity.name}_${identity.arch}.deb`,
          );
          if (await hasDigest(path, identity.sha256)) return path;
          const wanted = await ask();
          if (wanted.sha256 !== identity.sha256) {
            // The remembered version has left the mirror. Forget it, so that the caller starts again with the new one.
            await rm(answerPath, { force: true });
            throw new GuestError('NOT_FOUND', `${identity.name} ${identity.version} is no longer offered: try again`);
          }
          await fetchPackage(source, wanted, path, transfer);
          return path;
        },
      };
    },
  };
}

async function fetchPackage(
  source: PackageSource,
  wanted: AvailablePackage,
  path: string,
  options: TransferOptions,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await removeAbandoned(path);
  const temporary = temporaryBeside(path);
  try {
    await source.download(wanted, temporary, options);
    if (!(await hasDigest(temporary, wanted.sha256))) {
      throw new GuestError('CHECKSUM_MISMATCH', `${wanted.name} from ${source.id} is damaged: try again`);
    }
    await rename(temporary, path);
  } finally {
    await removeTemporary(temporary);
  }
}

function toAnswer({ name, version, arch, sha256: digest }: PackageIdentity): PackageIdentity {
  return { name, version, arch, sha256: digest };
}

async function readAnswer(path: string): Promise<PackageIdentity | undefined> {
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isIdentity(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isIdentity(value: unknown): value is PackageIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Partial<Record<keyof PackageIdentity, unknown>>;
  return (
    typeof fields.name === 'string' &&
    typeof fields.version === 'string' &&
    (fields.arch === 'amd64' || fields.arch === 'arm64') &&
    typeof fields.sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(fields.sha256) &&
    /^[a-z0-9+.-]+$/.test(fields.name)
  );
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw new GuestError('IO', `cannot read "${path}" in the cache`, { cause: error });
  }
}

async function hasDigest(path: string, digest: string): Promise<boolean> {
  try {
    return (await sha256OfFile(path)) === digest;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return false;
    throw new GuestError('IO', `cannot read "${path}" in the cache`, { cause: error });
  }
}
