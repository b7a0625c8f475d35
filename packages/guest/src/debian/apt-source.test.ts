import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { hostProgram } from '../../test/host-program.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { aptSource } from './apt-source.ts';

const dpkg = hostProgram('dpkg');
const apt = hostProgram('apt-cache');
const ask = (question: string) => spawnSync(dpkg ?? '', [question], { encoding: 'utf8' }).stdout ?? '';
const arch = ask('--print-architecture').trim();
const foreign = ask('--print-foreign-architectures');
const usable = apt !== undefined && (arch === 'amd64' || arch === 'arm64');

describe.skipIf(!usable)(`aptSource${usable ? '' : ' (skipped: no apt on this host)'}`, () => {
  const source = aptSource(arch === 'arm64' ? 'arm64' : 'amd64');
  const other = arch === 'arm64' ? 'amd64' : 'arm64';

  it('says what to do about a package that apt does not know', async () => {
    await expect(source.find('vmrs-no-such-package', undefined, {})).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: /apt does not know the package vmrs-no-such-package.*apt-get update/,
    });
  });

  it.skipIf(foreign.includes(other))('says what to do about an architecture that apt does not serve', async () => {
    await expect(aptSource(other).find('busybox-static', undefined, {})).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: new RegExp(`dpkg --add-architecture ${other}`),
    });
  });

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
