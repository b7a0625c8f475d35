import { existsSync, globSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { committerEnv, copyRepository } from '../copy-repository.ts';
import { planProblems } from '../plan/plan-problems.ts';
import { isPlanFile, planRelease } from '../plan/planned-release.ts';
import { publicPackages } from '../public-packages.ts';
import { run } from '../run.ts';
import { Consumer, MANAGERS } from './consumer.ts';
import { type LocalRegistry, startLocalRegistry } from './local-registry.ts';
import { NODE_VERSIONS, nodeReleases } from './node-releases.ts';
import type { Report } from './report.ts';

/** The Node.js on which a real guest is booted. */
const GUEST_NODE = '24.21.0';
const SMOKE = 'release/src/fixtures/smoke.mjs';

/**
 * Rehearses the release that is due, from the work tree at `root`, in `folder`: on a copy, with the commands of the release workflow, into
 * a registry of its own; then installs it as users do and runs it. `quick` leaves out the programs of the guide.
 */
export async function rehearse(
  root: string,
  folder: string,
  report: Report,
  { quick }: { readonly quick: boolean },
): Promise<void> {
  const copy = join(folder, 'repository');
  const names = await report.step('the changesets make a sound release', () => checkPlan(root, join(folder, 'plan')));
  if (names === undefined) return report.leaveOut('everything else', 'the changesets are not right');

  const built = await report.step('versions, build and package checks', () => build(root, copy));
  if (built === undefined) return report.leaveOut('publishing', 'the build failed');
  await checkBeforePublishing(copy, report);

  await using registry = await startLocalRegistry(join(folder, 'registry'), names);
  const versions = await report.step('publishing', () => publish(copy, registry));
  if (versions === undefined) return report.leaveOut('installing', 'nothing was published');

  const nodes = await report.step('Node.js releases to install on', () => nodeReleases(NODE_VERSIONS));
  const qemu = findQemu();
  for (const node of nodes ?? []) {
    for (const manager of MANAGERS) {
      const where = `installed by ${manager} on Node.js ${node.version}`;
      const project = join(folder, `${manager}-${node.version}`);
      const consumer = await report.step(where, () => Consumer.install(project, manager, node, registry, versions));
      if (consumer === undefined) {
        report.leaveOut(`imports, commands and a fake VM, ${where}`, 'it is not installed');
        continue;
      }
      await report.step(`imports, commands and a fake VM, ${where}`, () => consumer.run(join(copy, SMOKE)));
      if (node.version !== GUEST_NODE) continue;
      const real = `a real guest in QEMU, ${where}`;
      if (qemu === undefined) report.skip(real, 'needs QEMU');
      else await report.step(real, () => bootGuest(consumer, copy));
      const guide = `the programs of the guide, ${where}`;
      // They are the same programs whoever installed the packages.
      if (manager === 'npm' && qemu !== undefined && !quick) await report.step(guide, () => runGuide(consumer, copy));
    }
  }
}

/** Resolves with the names of the packages that will be published. */
async function checkPlan(root: string, copy: string): Promise<readonly string[]> {
  await mkdir(copy);
  await copyRepository(root, copy, isPlanFile);
  const plan = await planRelease(copy);
  const problems = planProblems(plan);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return plan.packages.map(({ name }) => name);
}

async function build(root: string, copy: string): Promise<true> {
  await mkdir(copy);
  await copyRepository(root, copy);
  await run('pnpm', ['install', '--frozen-lockfile'], { cwd: copy, env: { ...process.env, CI: 'true' } });
  // The scripts of .github/workflows/release.yml, here and below.
  await run('pnpm', ['run', 'version-packages'], { cwd: copy, env: committerEnv() });
  await run('pnpm', ['run', 'release:build'], { cwd: copy });
  return true;
}

/** What packages themselves check before they are published. A release is refused for it; here it may be that only another machine can build what is missing. */
async function checkBeforePublishing(copy: string, report: Report): Promise<void> {
  for (const { folder, manifest } of await publicPackages(copy)) {
    if (manifest.scripts?.['prepublishOnly'] === undefined) continue;
    const name = `${manifest.name}'s own check before publishing`;
    try {
      await run('pnpm', ['run', 'prepublishOnly'], { cwd: folder });
      await report.step(name, async () => undefined);
    } catch (error) {
      report.skip(name, error instanceof Error ? error.message : String(error));
    }
  }
}

/** Resolves with the published versions by package name. */
async function publish(copy: string, registry: LocalRegistry): Promise<Readonly<Record<string, string>>> {
  // Their own checks have been made, and may lack something that only another machine can build.
  const env = { ...committerEnv(registry.env), pnpm_config_ignore_scripts: 'true' };
  await run('pnpm', ['run', 'release:publish'], { cwd: copy, env });

  const packages = await publicPackages(copy);
  for (const { manifest } of packages) {
    const spec = `${manifest.name}@${manifest.version}`;
    const { stdout } = await run('npm', ['view', spec, '--json'], { cwd: copy, env: registry.env });
    const published: Readonly<Record<string, unknown>> = JSON.parse(stdout);
    if (published['version'] !== manifest.version) throw new Error(`${spec} is not in the registry`);
  }
  return Object.fromEntries(packages.map(({ manifest }) => [manifest.name, manifest.version]));
}

async function bootGuest(consumer: Consumer, copy: string): Promise<string> {
  const [stateDir, runtimeDir] = [join(consumer.folder, 's'), join(consumer.folder, 'r')];
  await mkdir(runtimeDir, { mode: 0o700 });
  const env = { STATE: stateDir, RUNTIME: runtimeDir, VMRS_DRIVER: 'qemu' };
  return await consumer.run(join(copy, 'test-e2e/src/fixtures/consumer.mjs'), env);
}

/** Runs what the guide tells people to run, in the order of the names: what `leave-running` leaves, `take-back` takes. */
async function runGuide(consumer: Consumer, copy: string): Promise<string> {
  const env = { VMRS_HOME: join(consumer.folder, 'guide'), VMRS_DRIVER: 'qemu' };
  const canShare = (await consumer.run(join(copy, 'release/src/fixtures/can-share.mjs'), env)) === 'yes';
  // Those that are tests of vitest's are run by the tests of the docs.
  const programs = globSync('docs/programs/*.ts', {
    cwd: copy,
    exclude: (path) => path.endsWith('.test.ts'),
  }).toSorted();
  const wanted = programs.filter((program) => canShare || basename(program) !== 'shares.ts');
  for (const program of wanted) await consumer.run(join(copy, program), env);
  return `${wanted.length} of ${programs.length}${canShare ? '' : ' (shares.ts needs virtiofsd)'}`;
}

function findQemu(): string | undefined {
  const name = `qemu-system-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((path) => join(path, name)).find((path) => existsSync(path));
}
