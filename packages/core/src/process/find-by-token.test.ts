import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findByMark, findByToken, isToken, markOf, newToken, tokenInEnviron, tokensInPs } from './find-by-token.ts';
import { firstLine, pidOf, runNode, sourceUrl, startChild, startSleeper } from './fixtures/processes.ts';

describe('findByToken', () => {
  it('finds every process that was started with the token, helpers included, and no other', async () => {
    const token = randomUUID();
    const env = { ...process.env, VMRS_TOKEN: token };
    const parent = startChild('/bin/sh', ['-c', '/bin/sleep 60 & echo $!; wait'], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const helper = Number(await firstLine(parent));
    startSleeper({ env: { ...process.env, VMRS_TOKEN: randomUUID() } });
    startSleeper({ env: { ...process.env, NOT_VMRS_TOKEN: token } });
    const found = await findByToken(token);
    expect(found.map(({ pid }) => pid).sort()).toEqual([pidOf(parent), helper].sort());
    process.kill(helper, 'SIGKILL');
  });

  it('never finds the process that asks', async () => {
    const token = randomUUID();
    const code = `
      import { findByToken } from '${sourceUrl('process/find-by-token.ts')}';
      console.log((await findByToken('${token}')).length);`;
    expect(await runNode(code, { env: { ...process.env, VMRS_TOKEN: token } })).toBe('0');
  });

  it.each(['', 'short', '0b9b1f4e-9d8a-4b43\0-8f5e'])(
    'refuses %j, which might be found in strangers',
    async (token) => {
      await expect(findByToken(token)).rejects.toThrow(TypeError);
    },
  );
});

describe('findByMark', () => {
  it('finds the processes of one state directory, each with its token, and no others', async () => {
    const mark = markOf(`/state/${randomUUID()}`);
    const [one, two] = [newToken(mark), newToken(mark)];
    for (const token of [one, two, newToken(markOf('/elsewhere')), `x${one}`]) {
      startSleeper({ env: { ...process.env, VMRS_TOKEN: token } });
    }
    const found = await findByMark(mark);
    expect(found.map(({ token }) => token).sort()).toEqual([one, two].sort());
    expect(found.every(({ token }) => isToken(token))).toBe(true);
  });
});

describe('tokenInEnviron', () => {
  it.each([
    ['VMRS_TOKEN=abc\0A=1\0', 'abc'],
    ['A=1\0VMRS_TOKEN=abc\0', 'abc'],
    ['XVMRS_TOKEN=abc\0', null],
    ['A=VMRS_TOKEN=abc\0', null],
    ['', null],
  ])('of %j is %s', (environ, expected) => {
    expect(tokenInEnviron(environ)).toBe(expected);
  });
});

describe('tokensInPs', () => {
  // The form of macOS's `ps -A -E -ww -o pid=,command=`: arguments, then environment, separated by blanks.
  it('finds pids by their environment', () => {
    const text = [
      '    1 /sbin/launchd',
      '  501 qemu-system-aarch64 -m 512 PATH=/bin VMRS_TOKEN=abc HOME=/x',
      '  502 virtiofsd VMRS_TOKEN=abc',
      '  503 other VMRS_TOKEN=abc/d',
      '  504 other NOT_VMRS_TOKEN=abc',
    ];
    expect([...tokensInPs(text.join('\n'))]).toEqual([
      [501, 'abc'],
      [502, 'abc'],
    ]);
  });
});
