import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyRepository } from '../copy-repository.ts';
import { publicPackages } from '../public-packages.ts';
import { ROOT } from '../root.ts';
import { planProblems } from './plan-problems.ts';
import { isPlanFile, type PlannedRelease, planRelease } from './planned-release.ts';

const CORE = '@vmrs/core';
let copy: string;

beforeEach(async () => {
  copy = await mkdtemp(join(tmpdir(), 'vmrs-plan-'));
  await copyRepository(ROOT, copy, isPlanFile);
});

afterEach(() => rm(copy, { recursive: true, force: true }));

/** Gives every public package a version, and the copy these changesets in place of its own. */
async function given(version: string, changesets: readonly string[], config: object = {}): Promise<void> {
  for (const { folder } of await publicPackages(copy)) {
    await edit(join(folder, 'package.json'), (manifest) => ({ ...manifest, version }));
  }
  await edit(join(copy, '.changeset/config.json'), (present) => ({ ...present, ...config }));
  await dropChangesets();
  for (const [index, text] of changesets.entries()) {
    await writeFile(join(copy, `.changeset/c${index}.md`), `---\n${text}\n---\n\nSomething.\n`);
  }
}

async function dropChangesets(): Promise<void> {
  const folder = join(copy, '.changeset');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.md') && name !== 'README.md');
  for (const file of files) await rm(join(folder, file));
}

async function edit(file: string, change: (json: Record<string, unknown>) => object): Promise<void> {
  await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, 'utf8')))));
}

function versions(plan: PlannedRelease): Readonly<Record<string, string>> {
  return Object.fromEntries(plan.packages.map(({ name, after }) => [name, after]));
}

/** The packages whose peer core is, whatever they are called. */
function dependents(plan: PlannedRelease): readonly string[] {
  return plan.packages.filter(({ peers }) => peers.includes(CORE)).map(({ name }) => name);
}

describe('the release that is due', () => {
  it('has no problem', async () => {
    const plan = await planRelease(copy);
    expect(planProblems(plan)).toEqual([]);
    expect(dependents(plan)).toContain('@vmrs/driver-qemu');
  });

  it('gives all public packages the same version, until 1.0', async () => {
    const plan = await planRelease(copy);
    expect(plan.fixed[0]?.toSorted()).toEqual(plan.packages.map(({ name }) => name));
    expect(new Set(Object.values(versions(plan))).size).toBe(1);
  });
});

describe('a release of core, as the repository is configured', () => {
  it('that is minor before 1.0 takes the drivers along to the same minor version', async () => {
    await given('0.4.2', [`'${CORE}': minor`]);
    const plan = await planRelease(copy);
    expect(new Set(Object.values(versions(plan)))).toEqual(new Set(['0.5.0']));
    expect(planProblems(plan)).toEqual([]);
  });

  it('that is minor after 1.0 makes no driver major', async () => {
    await given('1.4.2', [`'${CORE}': minor`]);
    const plan = await planRelease(copy);
    expect(new Set(Object.values(versions(plan)))).toEqual(new Set(['1.5.0']));
    expect(planProblems(plan)).toEqual([]);
  });

  it('that is major is refused unless the changesets name every package whose peer it is', async () => {
    await given('1.4.2', [`'${CORE}': major`]);
    const plan = await planRelease(copy);
    const named = dependents(plan);
    expect(planProblems(plan)).toEqual(named.map((name) => expect.stringContaining(`none names ${name} as major`)));

    await given('1.4.2', [`'${CORE}': major`, ...named.map((name) => `'${name}': major`)]);
    expect(planProblems(await planRelease(copy))).toEqual([]);
  });
});

describe('a release of core when packages have versions of their own', () => {
  it('that is minor leaves the drivers as they are', async () => {
    await given('1.4.2', [`'${CORE}': minor`], { fixed: [] });
    const plan = await planRelease(copy);
    const others = Object.entries(versions(plan)).filter(([name]) => name !== CORE);
    expect(versions(plan)[CORE]).toBe('1.5.0');
    expect(new Set(others.map(([, version]) => version))).toEqual(new Set(['1.4.2']));
    expect(planProblems(plan)).toEqual([]);
  });

  it.each([
    ['1.4.2', 'major', '2.0.0', '1.4.3'],
    ['0.4.2', 'minor', '0.5.0', '0.4.3'],
  ])('at %s that is %s is refused: drivers get a new peer with %s, in a patch', async (from, bump, to, driver) => {
    await given(from, [`'${CORE}': ${bump}`], { fixed: [] });
    const plan = await planRelease(copy);
    // What changesets does on its own is what makes the rule necessary.
    expect(versions(plan)).toMatchObject({ [CORE]: to, '@vmrs/driver-qemu': driver });
    const problems = planProblems(plan);
    for (const name of dependents(plan)) {
      expect(problems).toContainEqual(expect.stringContaining(`the users of ${name}, but that only goes to ${driver}`));
    }
  });

  it('that is major goes out when it names every driver', async () => {
    const names = dependents(await planRelease(copy));
    await given('1.4.2', [[CORE, ...names].map((name) => `'${name}': major`).join('\n')], { fixed: [] });
    expect(planProblems(await planRelease(copy))).toEqual([]);
  });
});

describe('a major that nobody asked for', () => {
  const driver = { name: '@vmrs/driver-qemu', before: '1.0.0', after: '2.0.0', peers: [CORE] };
  const core = { name: CORE, before: '1.0.0', after: '1.1.0', peers: [] };

  it('is a problem', () => {
    const plan = { packages: [core, driver], changesets: { 'a.md': { [CORE]: 'minor' } }, fixed: [] } as const;
    expect(planProblems(plan)).toEqual([expect.stringContaining('no changeset asks for a major release of it')]);
  });

  it('is none for a package that shares its version with one that is asked for', () => {
    const changesets = { 'a.md': { '@vmrs/other': 'major' } } as const;
    const fixed = [['@vmrs/driver-qemu', '@vmrs/other']];
    expect(planProblems({ packages: [core, driver], changesets, fixed })).toEqual([]);
  });
});
