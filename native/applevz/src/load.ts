import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ADDON_INTERFACE, type AppleVzAddon } from './addon.ts';
import { AddonError } from './addon-error.ts';
import type { AddonFinding } from './addon-finding.ts';
import { explainLoadFailure } from './explain-load-failure.ts';

/** Names the addon to use instead of the package's own. */
const PATH_VARIABLE = 'VMRS_APPLEVZ_ADDON';

/** Of {@link loadAddon}. */
export interface LoadAddonOptions {
  /** The addon's file. Default: the one that `VMRS_APPLEVZ_ADDON` names, else the package's own. */
  readonly path?: string;
  /** Default: the environment of the process. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Loads the native addon: the file that is named, else the prebuilt one of the package, else one that was built in it. A named file that cannot be used is an error, and nothing else is tried.
 * A second call answers the same object.
 *
 * @throws {AddonError} with everything that was tried, and why it was of no use
 */
export function loadAddon(options: LoadAddonOptions = {}): AppleVzAddon {
  const { path, env = process.env } = options;
  const named = path ?? (env[PATH_VARIABLE] || undefined);
  if (named !== undefined) return loadNamed(named, path === undefined);
  return loadOwn(packageRoot(), process.platform, process.arch);
}

function loadNamed(path: string, byVariable: boolean): AppleVzAddon {
  const source = byVariable ? `the variable ${PATH_VARIABLE}` : 'the option path';
  const opened = open(isAbsolute(path) ? path : resolve(path));
  if ('addon' in opened) return opened.addon;
  throw new AddonError(
    `The addon that ${source} names cannot be used:`,
    [opened.finding],
    [`Correct ${source}, or leave it out to use the addon of the package.`],
    { cause: opened.cause },
  );
}

/** The package's own. Exported for tests, which have packages, and other platforms, of their own. */
export function loadOwn(root: string, platform: NodeJS.Platform, arch: string): AppleVzAddon {
  const places = [
    join(root, 'prebuilds', `${platform}-${arch}`, 'applevz.node'),
    join(root, 'addon', 'build', 'Release', 'applevz.node'),
  ];
  if (platform !== 'darwin') {
    const problem = `Virtualization.framework is a part of macOS, and this is ${platform}`;
    throw new AddonError(
      'The native addon for Virtualization.framework cannot be used here:',
      places.map((path) => ({ path, problem })),
      ['Use a driver for this platform.'],
    );
  }
  const findings: AddonFinding[] = [];
  let cause: unknown;
  for (const place of places) {
    const opened = open(place, { platform, arch });
    if ('addon' in opened) return opened.addon;
    findings.push(opened.finding);
    cause ??= opened.cause;
  }
  throw new AddonError('No native addon for Virtualization.framework can be used:', findings, advice(root), { cause });
}

type Opened = { readonly addon: AppleVzAddon } | { readonly finding: AddonFinding; readonly cause?: unknown };

function open(path: string, of: { platform: NodeJS.Platform; arch: string } = process): Opened {
  if (!existsSync(path)) return { finding: { path, problem: 'there is no such file' } };
  let loaded: unknown;
  try {
    loaded = createRequire(import.meta.url)(path);
  } catch (cause) {
    return { finding: { path, problem: explainLoadFailure(path, cause, of) }, cause };
  }
  const version = interfaceVersion(loaded);
  if (version === ADDON_INTERFACE) return { addon: loaded as AppleVzAddon };
  const problem =
    version === null
      ? 'it is not this addon'
      : `it speaks version ${version} of the interface, and this package version ${ADDON_INTERFACE}`;
  return { finding: { path, problem } };
}

function interfaceVersion(loaded: unknown): number | null {
  if (typeof loaded !== 'object' || loaded === null || !('interfaceVersion' in loaded)) return null;
  return typeof loaded.interfaceVersion === 'number' ? loaded.interfaceVersion : null;
}

function advice(root: string): string[] {
  return [
    'Install @vmrs/applevz-addon again: its tarball holds addons for Apple silicon and Intel.',
    `Or build it: npx node-gyp rebuild in ${join(root, 'addon')} (this needs the Xcode Command Line Tools: xcode-select --install).`,
    `Or name an addon by ${PATH_VARIABLE}.`,
  ];
}

/** The folder of package.json: the sources are in src/, what is published in dist/. */
function packageRoot(): string {
  return fileURLToPath(new URL('..', import.meta.url));
}
