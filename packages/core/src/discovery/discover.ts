import { pathToFileURL } from 'node:url';
import { type DriverCandidate, isVmError } from '../errors/index.ts';
import {
  type Application,
  findApplication,
  findDependency,
  type InstalledPackage,
  mainProgram,
} from './application.ts';
import { type DriverManifest, parseManifest } from './manifest.ts';

/** A driver package that was found and not yet run. */
export interface DriverDescriptor {
  readonly manifest: DriverManifest;
  /** npm package it came from. */
  readonly package: string;
  /** File URL of its entry. */
  readonly entry: string;
}

/** What a look around found. */
export interface Discovery {
  readonly drivers: readonly DriverDescriptor[];
  /** Packages that call themselves drivers and cannot be used, with the reason. */
  readonly rejected: readonly DriverCandidate[];
}

/** Options of {@link discoverDrivers}. */
export interface DiscoverOptions {
  /** A file or folder of the application, as path or file URL (`import.meta.url`). Default: the main program. */
  readonly from?: string | URL;
}

/**
 * Finds the driver packages among the application's own dependencies by their manifests. Runs none of their code, and looks
 * neither at dependencies of dependencies nor at global installs. Throws `IO` when the application's own package.json is not JSON.
 */
export async function discoverDrivers(options: DiscoverOptions = {}): Promise<Discovery> {
  const application = await findApplication(options.from ?? (await mainProgram()));
  const drivers: DriverDescriptor[] = [];
  const rejected: DriverCandidate[] = [];
  if (application === null) return { drivers, rejected };
  const packages = await Promise.all(application.dependencies.map((name) => lookUp(application, name)));
  for (const found of packages) {
    if (found === null) continue;
    if ('reason' in found) {
      rejected.push(found);
      continue;
    }
    const parsed = parseManifest(found.packageJson);
    if (parsed === null) continue;
    if ('problems' in parsed) {
      const reason = `its manifest is wrong: ${parsed.problems.map(({ path, message }) => `${path} ${message}`).join('; ')}`;
      rejected.push({
        id: parsed.id ?? found.name,
        package: found.name,
        reason,
        fix: `report it to the authors of ${found.name}`,
      });
      continue;
    }
    // Relative to the manifest, not through `exports`: it works for every condition and gives the same module as an import does.
    const entry = new URL(parsed.manifest.entry, pathToFileURL(found.manifestFile)).href;
    drivers.push({ manifest: parsed.manifest, package: found.name, entry });
  }
  return { drivers, rejected };
}

/** One dependency whose package.json is broken must not keep the others from being found. */
async function lookUp(application: Application, name: string): Promise<InstalledPackage | DriverCandidate | null> {
  try {
    return await findDependency(application, name);
  } catch (error) {
    if (!isVmError(error, 'IO')) throw error;
    return { id: name, package: name, reason: error.message, fix: `install ${name} again` };
  }
}
