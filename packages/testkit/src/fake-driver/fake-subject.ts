import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConformanceSubject, GuestKind } from '../conformance/subject.ts';
import { type GuestScript, readyGuest, writeGuestScript } from '../stand-in/index.ts';
import { type FakeDriverOptions, fakeDriver } from './driver.ts';

/** Long enough for a boot to be over on a busy machine before the guest does what it is for. */
const LATER_MS = 400;

const GUESTS: { readonly [K in GuestKind]: GuestScript } = {
  ready: readyGuest(),
  'never-ready': { boots: [[{ do: 'print', text: 'stand-in guest: nothing to say\n' }]] },
  'ignores-power-button': {
    boots: [
      [
        { do: 'power-button', is: 'ignored' },
        { do: 'ready', ip: '10.0.2.16' },
      ],
    ],
  },
  'powers-off': {
    boots: [[{ do: 'print', text: 'stand-in guest: going down\n' }, { do: 'wait', ms: LATER_MS }, { do: 'power-off' }]],
  },
  panics: { boots: [[{ do: 'wait', ms: LATER_MS }, { do: 'panic' }]] },
  reboots: {
    boots: [
      [{ do: 'ready', ip: '10.0.2.17' }, { do: 'wait', ms: LATER_MS }, { do: 'reboot' }],
      [
        { do: 'wait', ms: 50 },
        { do: 'ready', ip: '10.0.2.18' },
      ],
    ],
  },
  'fails-to-boot': { boots: [[]], vmm: { exitAtStart: 3 } },
};

/** The fake driver as a subject of the conformance suite. Its guests are written to `directory`. */
export function fakeSubject(directory: string, options: FakeDriverOptions = {}): ConformanceSubject {
  const written = new Map<GuestKind, Promise<void>>();
  return {
    name: 'fake',
    createDriver: () => fakeDriver(options),
    module: {
      url: pathToFileURL(createRequire(import.meta.url).resolve('@vmrs/testkit/fake-driver')),
      create: 'fakeDriver',
    },
    async config(kind) {
      const kernel = join(directory, `${kind}.guest`);
      // Once: another VM may be about to read it.
      const writing = written.get(kind) ?? write(kernel, GUESTS[kind]);
      written.set(kind, writing);
      await writing;
      return { kernel };
    },
    vsockEchoPort: 1024,
    guestTimeoutMs: 10_000,
    checkTimeoutMs: 30_000,
  };
}

async function write(kernel: string, script: GuestScript): Promise<void> {
  await mkdir(dirname(kernel), { recursive: true });
  await writeGuestScript(kernel, script);
}
