// @ts-check
/**
 * Checks the package in the working folder as its users will get it: packs it, reads the packed manifest, weighs it, and runs
 * publint and attw on the tarball. The package must be built.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { sizeProblems, tarballSizes } from './lib/package-size.mjs';
import { runQuietly } from './lib/run.mjs';
import { runMain, ScriptError } from './lib/say.mjs';

const TARBALL = 'package.tgz';

await runMain(async () => {
  const workDir = await mkdtemp(join(tmpdir(), 'vmrs-check-package-'));
  try {
    const tarball = join(workDir, TARBALL);
    await mustSucceed('pnpm', ['pack', '--out', tarball]);
    const listing = await mustSucceed('tar', ['-tzf', tarball]);
    const files = listing
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, ''));
    const manifest = JSON.parse(await mustSucceed('tar', ['-xzOf', tarball, 'package/package.json']));

    const sizes = await tarballSizes(tarball, await mustSucceed('tar', ['-tvzf', tarball]));

    const problems = [
      ...manifestProblems(manifest),
      ...fileProblems(manifest, files),
      ...sizeProblems(manifest.name, sizes),
      ...(await publintProblems(tarball)),
      ...(await attwProblems(tarball)),
    ];
    for (const problem of problems) console.error(`${manifest.name}: ${problem}`);
    if (problems.length === 0) {
      const [packed, unpacked] = [sizes.packed, sizes.unpacked].map((size) => Math.ceil(size / 1024));
      console.log(
        `${manifest.name}: ${files.length} files, ${packed} KiB packed, ${unpacked} unpacked, no problem found`,
      );
    }
    return problems.length === 0 ? 0 : 1;
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
});

/** @param {Record<string, any>} manifest as packed */
function manifestProblems(manifest) {
  /** @type {[boolean, string][]} */
  const rules = [
    [manifest.type === 'module', '"type" must be "module"'],
    [manifest.license === 'Apache-2.0', '"license" must be "Apache-2.0"'],
    [manifest.engines?.node === '>=22.18', '"engines.node" must be ">=22.18"'],
    [manifest.sideEffects === false, '"sideEffects" must be false'],
    [manifest.files?.includes('dist') === true, '"files" must list "dist"'],
    [typeof manifest.description === 'string' && manifest.description !== '', '"description" is missing'],
    [Array.isArray(manifest.keywords) && manifest.keywords.length > 0, '"keywords" are missing'],
    [typeof manifest.repository?.directory === 'string', '"repository.directory" is missing'],
    [manifest.exports?.['./package.json'] === './package.json', '"exports" must have "./package.json"'],
    // npm refuses to install an application that lists a driver for another platform.
    [manifest.os === undefined && manifest.cpu === undefined, '"os" and "cpu" must be absent'],
  ];
  const problems = rules.filter(([ok]) => !ok).map(([, text]) => text);
  for (const name of ['preinstall', 'install', 'postinstall']) {
    if (manifest.scripts?.[name] !== undefined)
      problems.push(`"scripts" must not have "${name}": package managers block it`);
  }

  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    if (subpath === './package.json') continue;
    const conditions = Object.keys(target).join(', ');
    if (conditions !== 'types, default') {
      problems.push(`"exports" of "${subpath}" must have exactly "types" and "default", has: ${conditions}`);
    }
  }
  for (const field of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
    for (const [name, range] of Object.entries(manifest[field] ?? {})) {
      if (/^(workspace|catalog|file|link):/.test(range)) problems.push(`"${field}" holds ${name}@${range}`);
    }
  }
  return problems;
}

/** @param {Record<string, any>} manifest @param {readonly string[]} files */
function fileProblems(manifest, files) {
  const targets = Object.values(manifest.exports ?? {}).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  const driverEntry = manifest.vmrs?.driver?.entry;
  const expected = [...targets, ...(driverEntry ? [driverEntry] : []), 'README.md', 'LICENSE'];
  const missing = expected.map((path) => path.replace(/^\.\//, '')).filter((path) => !files.includes(path));
  // Sources of native code are there for those who have to build it, and what a template is made of are sources.
  const unwanted = files.filter(
    (path) =>
      !/^(addon\/src|template)\//.test(path) &&
      /(^|\/)(src|test|node_modules)\/|\.test\.|tsconfig|\.config\./.test(path),
  );
  // npm compiles where it finds one, without being told to.
  if (files.includes('binding.gyp')) unwanted.push('binding.gyp');
  return [
    ...missing.map((path) => `the tarball lacks ${path}`),
    ...unwanted.map((path) => `the tarball must not hold ${path}`),
  ];
}

/** @param {string} tarball */
async function publintProblems(tarball) {
  const data = await readFile(tarball);
  const bytes = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`);
}

/** @param {string} tarball */
async function attwProblems(tarball) {
  const { code, output } = await runQuietly('attw', [tarball, '--profile', 'esm-only', '--no-color', '--no-emoji']);
  return code === 0 ? [] : [`attw:\n${output.trim()}`];
}

/** @param {string} command @param {readonly string[]} args */
async function mustSucceed(command, args) {
  const { code, output } = await runQuietly(command, args);
  if (code !== 0) throw new ScriptError(`'${command} ${args.join(' ')}' ended with code ${code}:\n${output.trim()}`);
  return output;
}
