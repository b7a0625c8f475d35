import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { attachBoms } from './attach-boms.ts';

it('each published package gets its own bill of materials, and one without is an error', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vmrs-attach-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const calls = join(folder, 'calls');
  await writeFile(join(folder, 'gh'), `#!/bin/sh\necho "$@" >> '${calls}'\n`);
  await chmod(join(folder, 'gh'), 0o755);
  const around = { cwd: folder, env: { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}` } };

  const boms = ['@vmrs/core', '@vmrs/guest'].map((name) => ({
    ...{ name, version: '0.1.0', components: 1 },
    file: `/boms/${name.slice(1).replace('/', '-')}.cdx.json`,
  }));
  await attachBoms([{ name: '@vmrs/guest', version: '0.1.0' }], boms, around);
  expect(await readFile(calls, 'utf8')).toBe('release upload @vmrs/guest@0.1.0 /boms/vmrs-guest.cdx.json\n');

  const newer = [{ name: '@vmrs/guest', version: '0.2.0' }];
  await expect(attachBoms(newer, boms, around)).rejects.toThrow('@vmrs/guest@0.2.0 was published, but');
});
