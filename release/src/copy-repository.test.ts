import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { copyRepository } from './copy-repository.ts';
import { run } from './run.ts';

it('a copy has what is in the work tree, new, changed and prebuilt, and neither what was deleted nor what is ignored', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vmrs-copy-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [root, copy] = [join(folder, 'root'), join(folder, 'copy')];
  await mkdir(join(root, 'native/addon/prebuilds'), { recursive: true });
  await mkdir(copy);
  await run('git', ['init', '--quiet'], { cwd: root });
  const write = (file: string, text: string): Promise<void> => writeFile(join(root, file), text);
  await write('.gitignore', 'prebuilds/\nignored\n');
  await write('changed', 'before');
  await write('deleted', '');
  await run('git', ['add', '--all'], { cwd: root });
  await write('changed', 'after');
  await write('new', '');
  await write('ignored', '');
  await write('native/addon/prebuilds/a.node', '');
  await rm(join(root, 'deleted'));

  await copyRepository(root, copy);
  expect(await readFile(join(copy, 'changed'), 'utf8')).toBe('after');
  for (const file of ['new', 'native/addon/prebuilds/a.node']) expect(existsSync(join(copy, file)), file).toBe(true);
  for (const file of ['deleted', 'ignored']) expect(existsSync(join(copy, file)), file).toBe(false);
  expect((await run('git', ['status', '--porcelain'], { cwd: copy })).stdout).toBe('');
});
