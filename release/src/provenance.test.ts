import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { startLocalRegistry } from './rehearse/local-registry.ts';
import { ROOT } from './root.ts';
import { run } from './run.ts';

interface Workflow {
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly uses?: string; readonly env?: Readonly<Record<string, string>> }[];
}

async function releaseJob(): Promise<Job> {
  const workflow: Workflow = parse(await readFile(join(ROOT, '.github/workflows/release.yml'), 'utf8'));
  const job = workflow.jobs['release'];
  if (job === undefined) throw new Error('release.yml has no job "release"');
  return job;
}

describe('the release workflow', () => {
  it('may ask for the identity that provenance is signed with', async () => {
    expect((await releaseJob()).permissions).toMatchObject({ 'id-token': 'write' });
  });

  it('publishes in an environment in which pnpm insists on provenance', async () => {
    const publishing = (await releaseJob()).steps.find(({ uses }) => uses?.startsWith('changesets/action@'));
    const settings = Object.entries(publishing?.env ?? {}).filter(([key]) => /provenance/i.test(key));
    const folder = await mkdtemp(join(tmpdir(), 'vmrs-provenance-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await using registry = await startLocalRegistry(join(folder, 'registry'), ['vmrs-trial']);
    const project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'vmrs-trial', version: '1.0.0' }));
    // As on a developer's machine, where nobody vouches for a build.
    const outside = Object.entries(registry.env).filter(([key]) => !/^(CI|GITHUB_|ACTIONS_|GITLAB_)/.test(key));
    const publish = (env: NodeJS.ProcessEnv): Promise<unknown> =>
      run('pnpm', ['publish', '--no-git-checks'], { cwd: project, env });
    await expect(publish({ ...Object.fromEntries(outside), ...Object.fromEntries(settings) })).rejects.toThrow(
      'PROVENANCE_UNSUPPORTED_PROVIDER',
    );
    // That this is what refused it: without the settings it is published.
    await publish(Object.fromEntries(outside));
  });
});
