import { join } from 'node:path';
import { type GuestAssets, guestAssets } from '@vmrs/guest';
import { describeDriverConformance, ECHO_PORT } from '@vmrs/testkit';
import { beforeAll, describe, it } from 'vitest';
import { createDriver } from '../src/index.ts';
import { useDouble } from './fixtures/use-double.ts';
import { guestConfig } from './guests.ts';

let guest: GuestAssets;
const double = useDouble();

beforeAll(async () => {
  guest = await guestAssets({ testHooks: true });
}, 300_000);

describeDriverConformance(
  { describe, it },
  {
    name: 'applevz on the double of its framework',
    createDriver,
    manifest: join(import.meta.dirname, '..', 'package.json'),
    module: { url: new URL('../src/index.ts', import.meta.url), create: 'createDriver' },
    prerequisites: async () => double.missing,
    config: async (kind) => guestConfig(kind, guest),
    vsockEchoPort: ECHO_PORT,
    guestTimeoutMs: 20_000,
    checkTimeoutMs: 60_000,
  },
);
