import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const SOURCE = pathToFileURL(join(import.meta.dirname, '..', 'src', 'host', 'ask-qemu.ts')).href;

/** A process that asks a QEMU something, says so, and waits to be killed. */
function startAsking(mark: string): ChildProcess {
  const code = `
    const { askQemu } = await import('${SOURCE}');
    await askQemu('qemu-system-x86_64', async () => {
      console.log('asking');
      await new Promise(() => setInterval(() => {}, 1000));
    });`;
  return spawn(process.execPath, ['--conditions=@vmrs/source', '--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, VMRS_KILLED_PROBE: mark },
  });
}

async function marked(mark: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environs = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')));
  return environs.filter((environ) => environ.includes(`VMRS_KILLED_PROBE=${mark}`)).length;
}

it('a QEMU that is only asked something does not outlive who asked it, SIGKILL included', async () => {
  const mark = randomUUID();
  const asking = startAsking(mark);
  if (asking.stdout === null) throw new Error('no stdout');
  await once(asking.stdout, 'data');
  expect(await marked(mark)).toBeGreaterThan(1);
  asking.kill('SIGKILL');
  await once(asking, 'exit');
  for (let left = 500; left > 0 && (await marked(mark)) > 0; left -= 1) await sleep(10);
  expect(await marked(mark)).toBe(0);
});
