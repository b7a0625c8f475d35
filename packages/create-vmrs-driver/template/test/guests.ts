import { join } from 'node:path';
import type { GuestConfig, GuestKind } from '@vmrs/testkit/conformance';
import { type GuestScript, type GuestStep, readyGuest, writeGuestScript } from '@vmrs/testkit/stand-in';

/** Long enough for the boot to be over before the guest does what it is for. */
const LATER: GuestStep = { do: 'wait', ms: 400 };

/**
 * What each guest of the suite does.
 *
 * TODO(acmevisor): real guests. Those of `@vmrs/guest` with `testHooks` know all of this by their kernel parameters. What cannot be had is
 * answered with `{ missing: 'why' }`, and its checks are skipped by that name.
 */
const SCRIPTS: { readonly [K in GuestKind]: GuestScript } = {
  ready: readyGuest(),
  'never-ready': { boots: [[{ do: 'print', text: 'nothing to say\n' }]] },
  'ignores-power-button': {
    boots: [
      [
        { do: 'power-button', is: 'ignored' },
        { do: 'ready', ip: '10.0.2.16' },
      ],
    ],
  },
  'powers-off': { boots: [[{ do: 'print', text: 'going down\n' }, LATER, { do: 'power-off' }]] },
  panics: { boots: [[LATER, { do: 'panic' }]] },
  reboots: {
    boots: [
      [{ do: 'ready', ip: '10.0.2.17' }, LATER, { do: 'reboot' }],
      [
        { do: 'wait', ms: 50 },
        { do: 'ready', ip: '10.0.2.18' },
      ],
    ],
  },
  'fails-to-boot': { boots: [[]], vmm: { exitAtStart: 3 } },
};

/** Writes all guests to `folder`. To be called before {@link guestConfig}. */
export async function writeGuests(folder: string): Promise<void> {
  for (const kind of Object.keys(SCRIPTS) as GuestKind[]) await writeGuestScript(kernelOf(folder, kind), SCRIPTS[kind]);
}

/** The configuration of a guest that was written to `folder`. */
export function guestConfig(folder: string, kind: GuestKind): GuestConfig {
  return { kernel: kernelOf(folder, kind) };
}

function kernelOf(folder: string, kind: GuestKind): string {
  return join(folder, `${kind}.guest`);
}
