// @ts-check
/** Loads the package's own addon on a Mac, and checks what it says of this host. The process that does so has no entitlement, so no machine can be made: that this is said, and how, is checked too. */
import assert from 'node:assert/strict';
import { arch } from 'node:process';
import { runMain, say } from '../../../scripts/lib/say.mjs';
import { ADDON_FAILURES, loadAddon } from '../src/index.ts';

await runMain(async () => {
  const addon = loadAddon({ env: {} });
  const facts = addon.hostFacts();
  say(JSON.stringify(facts, null, 2));
  assert.equal(facts.arch, arch);
  assert.equal(facts.entitled, false);
  assert.ok(facts.maxCpus >= 1 && facts.maxMemoryBytes > facts.minMemoryBytes);
  assert.equal(addon.datagramPair().length, 2);
  const spec = {
    ...{ label: 'check', cpus: 1, memoryBytes: 64 * 1024 * 1024, machineId: null, nestedVirtualization: false },
    boot: /** @type {const} */ ({ kind: 'linux', kernel: process.execPath, initramfs: null, cmdline: '' }),
    ...{ disks: [], networks: [], shares: [], serial: null, vsock: true },
  };
  assert.throws(
    () => addon.createMachine(spec, () => undefined),
    (/** @type {import('../src/index.ts').NativeFailure} */ failure) => {
      say(
        `as it should be, no machine without the entitlement: ${failure.domain} ${failure.nativeCode}: ${failure.reason}`,
      );
      return failure.domain === 'VZErrorDomain' || failure.nativeCode === ADDON_FAILURES.exception;
    },
  );
  return 0;
});
