import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { VmDriver } from '@vmrs/core';
import type { ConformanceSubject, GuestKind } from '../../src/conformance/index.ts';

/** The folder of the golden driver of contract 1.0. */
export const GOLDEN: URL = new URL('./golden-1.0/', import.meta.url);

/** Its guests, in its own words; see `vmm.js`. */
const GUESTS: { readonly [K in GuestKind]: object } = {
  ready: {
    boots: [
      [
        ['print', 'booting\n'],
        ['ready', '10.0.9.1'],
      ],
    ],
  },
  'never-ready': { boots: [[['print', 'nothing to say\n']]] },
  'ignores-power-button': { boots: [[['deaf'], ['ready', '10.0.9.2']]] },
  'powers-off': { boots: [[['print', 'going down\n'], ['wait', 400], ['off']]] },
  panics: { boots: [[['wait', 400], ['panic']]] },
  reboots: {
    boots: [
      [['ready', '10.0.9.3'], ['wait', 400], ['reset']],
      [
        ['wait', 50],
        ['ready', '10.0.9.4'],
      ],
    ],
  },
  'fails-to-boot': { exit: 3, boots: [[]] },
};

/** A new golden driver. Imported as the driver's package would be, not compiled with the tests. */
export async function goldenDriver(): Promise<VmDriver> {
  const module: { createDriver(): VmDriver } = await import(new URL('driver.js', GOLDEN).href);
  return module.createDriver();
}

/** The golden driver as a subject of the suite; its guests are written to `folder`. */
export async function goldenSubject(folder: string): Promise<ConformanceSubject> {
  const driver = await goldenDriver();
  await mkdir(folder, { recursive: true });
  const kinds = Object.keys(GUESTS) as GuestKind[];
  const kernel = (kind: GuestKind): string => join(folder, `${kind}.guest`);
  await Promise.all(kinds.map((kind) => writeFile(kernel(kind), gzipSync(JSON.stringify(GUESTS[kind])))));
  return {
    name: 'golden 1.0',
    createDriver: () => driver,
    manifest: fileURLToPath(new URL('package.json', GOLDEN)),
    module: { url: new URL('driver.js', GOLDEN), create: 'createDriver' },
    config: async (kind) => ({ kernel: kernel(kind) }),
    vsockEchoPort: 7,
    guestTimeoutMs: 10_000,
    checkTimeoutMs: 30_000,
  };
}
