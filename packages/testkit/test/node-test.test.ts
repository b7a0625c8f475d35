import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('the suite runs under node:test too, where a driver that can do little skips with the reason', {
  timeout: 300_000,
}, async () => {
  const file = fileURLToPath(new URL('./fixtures/node-test-conformance.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...process.execArgv, '--test', '--test-reporter=tap', file],
    { env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
  ).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error) }));
  const count = (what: string): number => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(stdout)?.[1]);
  expect(count('fail'), stdout).toBe(0);
  expect(count('pass')).toBeGreaterThan(20);
  expect(count('skipped')).toBeGreaterThan(5);
  expect(stdout).toContain("# SKIP driver 'fake' does not declare pause");
});
