import { execFile } from 'node:child_process';
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

describe.each([NPM, PNPM])('vmrs, packed and installed by $manager', (installer) => {
  it("takes a stranger's first hour: doctor, run, ls, logs, stop", async () => {
    const folder = join(lab.root, `cli-${installer.manager}`);
    await installInto(folder, tarballs, installer, 'consumer.mjs');
    const env = { ...process.env, VMRS_HOME: lab.stateDir, NODE_OPTIONS: '' };
    const vmrs = async (...args: readonly string[]): Promise<string> => {
      const where = ['--runtime-dir', lab.runtimeDir];
      return (await run(join(folder, 'node_modules', '.bin', 'vmrs'), [...args, ...where], { cwd: folder, env }))
        .stdout;
    };
    const report = JSON.parse(await vmrs('doctor', '--json'));
    expect(report).toMatchObject({ ok: true, from: folder });
    // Whatever this host has: what is known to work on all of them is QEMU.
    const up = JSON.parse(await vmrs('run', '--guest', '--name', 'web', '--detach', '--driver', 'qemu', '--json'));
    expect(up).toMatchObject({ name: 'web', driver: 'qemu', state: 'ready' });
    expect(await vmrs('ls')).toMatch(/^default +web +ready/m);
    expect(await vmrs('logs', 'web')).toContain(`VMRS_READY ${up.ip}`);
    const { results } = JSON.parse(await vmrs('stop', 'web', '--json'));
    expect(results).toMatchObject([{ name: 'web', how: 'guest', problems: [] }]);
    expect((await lab.look()).filter((line) => !line.startsWith('open file'))).toEqual([]);
  });
});
