import { join } from 'node:path';
import { describeDriverConformance, ECHO_PORT, isMissing, type Missing } from '@vmrs/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriver } from '../src/index.ts';
import { PretendedMac } from './fixtures/pretended-mac.ts';
import { guestConfig } from './guests.ts';

let mac: PretendedMac | Missing;

beforeAll(async () => {
  mac = await PretendedMac.setUp();
}, 600_000);

afterAll(async () => {
  if (isMissing(mac)) return;
  await mac[Symbol.asyncDispose]();
});

describeDriverConformance(
  { describe, it },
  {
    name: 'applevz on the double of its framework',
    createDriver,
    manifest: join(import.meta.dirname, '..', 'package.json'),
    module: { url: new URL('../src/index.ts', import.meta.url), create: 'createDriver' },
    prerequisites: async () => (isMissing(mac) ? mac : null),
    config: async (kind) => (isMissing(mac) ? mac : guestConfig(kind, mac.guest)),
    vsockEchoPort: ECHO_PORT,
    guestTimeoutMs: 20_000,
    checkTimeoutMs: 60_000,
  },
);

describe('the hosts of all these VMs', () => {
  it('used each machine on its queue alone, and left none', async ({ skip }) => {
    if (isMissing(mac)) return skip(mac.missing);
    expect(await mac.processes()).toBeGreaterThan(0);
    expect(await mac.faults()).toEqual([]);
  });
});
