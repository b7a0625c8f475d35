import { execFile, execFileSync } from 'node:child_process';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { installInto, NPM, PNPM } from './installed.ts';
import { Lab } from './lab.ts';
import { packAll } from './packed.ts';

const run = promisify(execFile);

let lab: Lab;
let tarballs: Readonly<Record<string, string>>;

beforeAll(async () => {
  lab = await Lab.create();
  tarballs = await packAll(join(lab.root, 'tarballs'));
  return () => lab[Symbol.asyncDispose]();
});

/** The Node.js on which the consumers run: the one that `npm test` was called with where the packages support it, else this one. */
function consumerNode(): string {
  const caller = process.env['VMRS_CONSUMER_NODE'];
  if (caller === undefined) return process.execPath;
  const [major = 0, minor = 0] = execFileSync(caller, ['--version'], { encoding: 'utf8' })
    .slice(1)
    .split('.')
    .map(Number);
  return major > 22 || (major === 22 && minor >= 18) ? caller : process.execPath;
}

describe.each([NPM, PNPM])('packed packages installed by $manager', (installer) => {
  it('find their driver, boot a real guest and stop it', async () => {
    const folder = join(lab.root, installer.manager);
    await installInto(folder, tarballs, installer, 'consumer.mjs');
    const env = { ...process.env, STATE: lab.stateDir, RUNTIME: lab.runtimeDir, NODE_OPTIONS: '' };
    const { stdout } = await run(consumerNode(), ['main.mjs'], { cwd: folder, env });
    const result: { driver: string; ip: string; how: string; problems: unknown[] } = JSON.parse(stdout);
    expect(result).toMatchObject({ driver: 'qemu', how: 'guest', problems: [] });
    expect(isIPv4(result.ip)).toBe(true);
    expect((await lab.look()).filter((line) => !line.startsWith('open file'))).toEqual([]);
  });
});
