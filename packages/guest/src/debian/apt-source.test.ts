import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { aptSource } from './apt-source.ts';

const native = spawnSync('dpkg', ['--print-architecture'], { encoding: 'utf8' });
const foreign = spawnSync('dpkg', ['--print-foreign-architectures'], { encoding: 'utf8' });
const arch = native.stdout?.trim();
const usable = spawnSync('apt-cache', ['--version']).error === undefined && (arch === 'amd64' || arch === 'arm64');

describe.skipIf(!usable)(`aptSource${usable ? '' : ' (skipped: no apt on this host)'}`, () => {
  const source = aptSource(arch === 'arm64' ? 'arm64' : 'amd64');
  const other = arch === 'arm64' ? 'amd64' : 'arm64';

  it('says what to do about a package that apt does not know', async () => {
    await expect(source.find('vmrs-no-such-package', undefined, {})).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: /apt does not know the package vmrs-no-such-package.*apt-get update/,
    });
  });

  it.skipIf(foreign.stdout?.includes(other))(
    'says what to do about an architecture that apt does not serve',
    async () => {
      await expect(aptSource(other).find('busybox-static', undefined, {})).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: new RegExp(`dpkg --add-architecture ${other}`),
      });
    },
  );

  it('stops when aborted', async () => {
    const signal = AbortSignal.abort();
    await expect(source.find('busybox-static', undefined, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('reports a failed download, and leaves nothing behind', async () => {
    await using folder = await temporaryFolder();
    const wanted = {
      name: 'vmrs-no-such-package',
      version: '1',
      arch: other === 'arm64' ? 'amd64' : 'arm64',
      sha256: '',
      size: 0,
      depends: [],
    } as const;
    await expect(source.download(wanted, `${folder.path}/x`, {})).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  });
});
