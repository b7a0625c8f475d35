import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILD } from '../build/places.ts';
import { run } from '../build/run.ts';
import { FakeAddonUnavailableError } from '../build/unavailable-error.ts';

/** Runtime and Foundation-like classes, each with what is needed to compile against it. */
const PACKAGES = ['libobjfw1', 'libobjfw1-dev', 'libobjfwrt1', 'libobjfwrt1-dev'] as const;

/** Debian 13 has ObjFW 1.3, the files of which run on Debian 12 too. The 1.1 of Debian 12's backports aborts when a C++ exception crosses Objective-C++. */
const SUITE = 'trixie';
const DEFAULT_MIRROR = 'http://deb.debian.org/debian/';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** ObjFW, unpacked. */
export interface ObjFw {
  readonly include: string;
  readonly lib: string;
}

/** Where ObjFW is, or will be. Changes with what is wanted of it. */
export function objFwFolder(): string {
  return join(BUILD, `objfw-${SUITE}-${process.arch}`);
}

/** ObjFW as it is on this host; null when it has to be brought first. */
export async function findObjFw(): Promise<ObjFw | null> {
  const folder = objFwFolder();
  const multiarch = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  try {
    await access(folder);
  } catch {
    return null;
  }
  return { include: join(folder, 'usr', 'include'), lib: join(folder, 'usr', 'lib', multiarch) };
}

/**
 * Brings ObjFW's packages from the host's own Debian mirror and unpacks them below the build folder. Its apt has lists, cache and sources of its own: nothing of the host's
 * changes, and no root is needed. Throws {@link FakeAddonUnavailableError}. To be called by one process at a time.
 */
export async function bringObjFw(): Promise<void> {
  await mkdir(BUILD, { recursive: true });
  const work = await mkdtemp(join(BUILD, 'objfw-'));
  try {
    await unpackInto(join(work, 'root'), await download(work));
    await rename(join(work, 'root'), objFwFolder());
  } catch (cause) {
    if (cause instanceof FakeAddonUnavailableError) throw cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new FakeAddonUnavailableError('no-objfw', `ObjFW's packages cannot be had from Debian: ${words}`, { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The paths of the packages. */
async function download(work: string): Promise<readonly string[]> {
  const sources = join(work, 'sources.list');
  await writeFile(sources, `deb [signed-by=${KEYRING}] ${await mirror()} ${SUITE} main\n`);
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'debs']) {
    await mkdir(join(work, folder), { recursive: true });
  }
  const own = {
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State': join(work, 'state'),
    // What is installed on the host does not matter, and is not looked at.
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(work, 'cache'),
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
  };
  const options = Object.entries(own).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await run('apt-get', ['-qq', ...options, 'update']);
  await run('apt-get', ['-qq', ...options, 'download', ...PACKAGES], { cwd: join(work, 'debs') });
  const names = await readdir(join(work, 'debs'));
  return names.map((name) => join(work, 'debs', name));
}

/** The mirror that the host's apt takes Debian itself from. */
async function mirror(): Promise<string> {
  const lines = await run('apt-get', [
    'indextargets',
    ...['--format', '$(REPO_URI)', 'Created-By: Packages', 'Label: Debian'],
  ]).catch((cause: unknown) => {
    throw new FakeAddonUnavailableError('no-debian', 'this host has no apt-get, and so no Debian mirror', { cause });
  });
  // Lists that were never fetched have no label.
  return lines.split('\n')[0] || DEFAULT_MIRROR;
}

async function unpackInto(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(folder);
  for (const path of packages) await run('dpkg-deb', ['-x', path, folder]);
}
