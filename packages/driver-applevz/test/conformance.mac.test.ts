import { join } from 'node:path';
import { type GuestAssets, guestAssets } from '@vmrs/guest';
import { describeDriverConformance, type Missing } from '@vmrs/testkit';
import { beforeAll, describe, it } from 'vitest';
import { createDriver } from '../src/index.ts';
import { guestConfig } from './guests.ts';

// On a Mac, with the real framework and a signed copy of this node; elsewhere the double stands in, in `conformance.test.ts`.

if (process.platform === 'darwin') conformance();
else it.skip('the conformance kit on the real framework (needs macOS)', () => undefined);

function conformance(): void {
  let guest: GuestAssets;
  let missing: Missing | null = null;

  beforeAll(async () => {
    const { usable, problems } = await createDriver().probe();
    const why = problems.map(({ message }) => message).join('; ');
    if (!usable) missing = { missing: `Virtualization.framework: ${why}` };
    else guest = await guestAssets({ testHooks: true });
  }, 600_000);

  describeDriverConformance(
    { describe, it },
    {
      name: 'applevz on a Mac',
      createDriver,
      manifest: join(import.meta.dirname, '..', 'package.json'),
      module: { url: new URL('../src/index.ts', import.meta.url), create: 'createDriver' },
      prerequisites: async () => missing,
      config: async (kind) => guestConfig(kind, guest),
      guestTimeoutMs: 60_000,
      checkTimeoutMs: 180_000,
    },
  );
}
