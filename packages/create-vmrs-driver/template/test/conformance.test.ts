import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { describeDriverConformance } from '@vmrs/testkit/conformance';
import { driverUnderTest } from './acmevisor-under-test.ts';
import { guestConfig, writeGuests } from './guests.ts';

const folder = mkdtempSync(join(tmpdir(), 'acmevisor-'));
before(() => writeGuests(folder));
after(() => rm(folder, { recursive: true }));

describeDriverConformance(
  { describe, it },
  {
    name: 'acmevisor',
    createDriver: driverUnderTest,
    manifest: new URL('../package.json', import.meta.url),
    module: { url: new URL('./acmevisor-under-test.ts', import.meta.url), create: 'driverUnderTest' },
    config: async (kind) => guestConfig(folder, kind),
    guestTimeoutMs: 10_000,
    checkTimeoutMs: 30_000,
  },
);
