// @ts-check
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ScriptError } from '../../../../scripts/lib/say.mjs';
import { isOlderThanTheSources, mustRun, sdkFlags } from './sdk.mjs';

const FRAMEWORKS = ['Foundation', 'CoreFoundation', 'Security', 'Virtualization', 'vmnet'];

/** Apple's compiler has it in its own runtime library, which no other compiler brings. */
const COMPILER_RUNTIME = ['___isPlatformVersionAtLeast', '___isOSVersionAtLeast'];

/** What newer_api.h declares and an SDK of macOS 12 does not have. */
const NEWER_SYMBOLS = [
  ...['VZGenericMachineIdentifier', 'VZEFIVariableStore', 'VZEFIBootLoader', 'VZLinuxRosettaDirectoryShare'],
  'VZVmnetNetworkDeviceAttachment',
].map((name) => `_OBJC_CLASS_$_${name}`);
const NEWER_FUNCTIONS = ['_vmnet_network_configuration_create', '_vmnet_network_create'];

/**
 * Links the objects to a bundle as a Mac would, but for one thing: nothing may be left to be looked up at run time, except what Node.js exports by Node-API, and what is known to be absent.
 *
 * @param {import('./sdk.mjs').Sdk} sdk @param {string} target @param {readonly string[]} objects @param {string} workDir
 * @returns {Promise<{ undefinedSymbols: string[] }>} what of the absent was left
 */
export async function linkObjects(sdk, target, objects, workDir) {
  const require = createRequire(import.meta.url);
  const versions = Object.values(require('node-api-headers').symbols).slice(0, 8);
  const nodeApi = versions.flatMap(({ node_api_symbols, js_native_api_symbols }) => [
    ...node_api_symbols,
    ...js_native_api_symbols,
  ]);
  const absent = isOlderThanTheSources(sdk) ? [...NEWER_SYMBOLS, ...NEWER_FUNCTIONS] : [];
  const allowed = [...nodeApi.map((name) => `_${name}`), ...COMPILER_RUNTIME, ...absent];
  const bundle = join(workDir, `${target}.node`);
  await mustRun(sdk.clang, [
    ...sdkFlags(sdk, target),
    ...['-fuse-ld=lld', '-bundle', '-nostdlib++', '-o', bundle],
    ...objects,
    ...['-lc++', '-lobjc'],
    ...FRAMEWORKS.flatMap((name) => ['-framework', name]),
    ...allowed.map((name) => `-Wl,-U,${name}`),
  ]);
  const left = await undefinedOf(sdk, bundle);
  const dynamic = left.filter(({ dynamic }) => dynamic).map(({ name }) => name);
  const unexpected = dynamic.filter((name) => !allowed.includes(name));
  if (unexpected.length > 0) throw new ScriptError(`${target}: nothing provides ${unexpected.join(', ')}`);
  for (const { name, weak } of left) {
    if (NEWER_FUNCTIONS.includes(name) && !weak) {
      throw new ScriptError(`${target}: ${name} of macOS 26 is not weak, so the addon would not load on an older one`);
    }
  }
  return { undefinedSymbols: dynamic.filter((name) => !nodeApi.includes(name.slice(1))) };
}

/** @param {import('./sdk.mjs').Sdk} sdk @param {string} bundle */
async function undefinedOf(sdk, bundle) {
  const listing = await mustRun(sdk.nm, ['-m', '--undefined-only', bundle]);
  return listing
    .split('\n')
    .map((line) => /\(undefined\)(?<weak> weak)? external (?<name>\S+)(?: \((?<from>.+)\))?/.exec(line)?.groups)
    .filter((groups) => groups !== undefined)
    .map(({ weak, name = '', from }) => ({
      name,
      weak: weak !== undefined,
      dynamic: from === undefined || /dynamically looked up/.test(from),
    }));
}
