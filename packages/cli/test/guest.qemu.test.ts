import { beforeAll, describe, expect, it } from 'vitest';
import type { GuestView, VmView } from '../src/index.ts';
import { Consumer } from './consumer.ts';
import { lacking } from './on-path.ts';

const missing = lacking(process.arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64');

let app: Consumer;

beforeAll(async () => {
  app = await Consumer.empty();
  await app.install('qemu', '@vmrs/driver-qemu');
  return () => app[Symbol.asyncDispose]();
});

describe.skipIf(missing !== '')(`the small guest on QEMU${missing}`, { timeout: 300_000 }, () => {
  it('is built, and where it is is told', async () => {
    const guest = await app.json<GuestView>('guest', 'build');
    expect(guest.kernelVersion).toMatch(/^\d+\.\d+/);
    expect(await app.json<GuestView>('guest', 'build', '--offline')).toEqual({ ...guest, cached: true });
  });

  it('runs a command, whose output and exit code become those of vmrs', async () => {
    app.env['OTHER'] = 'a=b';
    const script = 'echo "the answer is $ANSWER, $OTHER"; exit 42';
    const { code, stdout } = await app.run(
      'run',
      '--guest',
      '--rm',
      '--env',
      'ANSWER=seven',
      '--env',
      'OTHER',
      '--',
      'sh',
      '-c',
      script,
    );
    expect(stdout).toMatch(/^VMRS_READY \d+\.\d+\.\d+\.\d+\r?$/m);
    expect(stdout).toMatch(/^the answer is seven, a=b\r?$/m);
    expect(code).toBe(42);
    expect((await app.json<{ vms: readonly VmView[] }>('ls')).vms).toEqual([]);
  });

  it('is looked at, paused, saved, restored and stopped', async () => {
    expect((await app.run('plan', '--guest', '--name', 'web', '-p', '8080:80')).stdout).toContain(
      'tcp 127.0.0.1:8080 to port 80',
    );
    const up = await app.json<VmView>('run', '--guest', '--name', 'web', '--detach');
    expect(up).toMatchObject({ name: 'web', driver: 'qemu', state: 'ready' });
    expect((await app.run('logs', 'web')).stdout).toContain('VMRS_READY');
    expect((await app.run('snapshot', 'web', 'saved')).code).toBe(0);
    await app.json('stop', 'web');
    expect((await app.run('restore', 'saved', '--resume')).code).toBe(0);
    expect((await app.run('wait', 'web', '--for', 'ready', '--timeout', '60s')).code).toBe(0);
    const { results } = await app.json<{ results: readonly { how: string }[] }>('stop', 'web');
    expect(results).toMatchObject([{ how: 'guest', problems: [] }]);
  });
});
