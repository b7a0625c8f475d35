import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './run.ts';

const AUTHOR = 'rehearsal';

/** The environment for programs that make commits and tags in a copy: whoever runs them need not have told git who they are. */
export function committerEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const email = `${AUTHOR}@localhost`;
  return {
    ...env,
    GIT_AUTHOR_NAME: AUTHOR,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: AUTHOR,
    GIT_COMMITTER_EMAIL: email,
  };
}

/**
 * Copies the files of the repository at `root` that git knows or would take, and prebuilt addons, as they are in the work tree, into the new folder `copy`,
 * and makes that a repository of one commit. The original is only read.
 *
 * @param wanted which of them, by path from the root; default: all
 */
export async function copyRepository(
  root: string,
  copy: string,
  wanted: (path: string) => boolean = () => true,
): Promise<void> {
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  // Built elsewhere and put there, as by the release workflow; packages ship them.
  const prebuilt = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', ':(glob)*/*/prebuilds/**'];
  const { stdout: prebuilds } = await run('git', prebuilt, { cwd: root });
  const { stdout: gone } = await run('git', ['ls-files', '-z', '--deleted'], { cwd: root });
  const deleted = new Set(gone.split('\0'));
  const paths = new Set(
    (stdout + prebuilds).split('\0').filter((path) => path !== '' && !deleted.has(path) && wanted(path)),
  );
  for (const path of paths) {
    await mkdir(dirname(join(copy, path)), { recursive: true });
    await cp(join(root, path), join(copy, path), { verbatimSymlinks: true });
  }
  const options = { cwd: copy, env: committerEnv() };
  await run('git', ['init', '--quiet', '--initial-branch=main'], options);
  await run('git', ['add', '--all', '--force'], options);
  await run('git', ['-c', 'commit.gpgsign=false', 'commit', '--quiet', '--message=copy'], options);
}
