import type { HostFacts } from '@vmrs/applevz-addon';
import type { AbortOptions, JsonObject, ProbeReport, Problem } from '@vmrs/core/driver';
import { isVmError } from '@vmrs/core/driver';
import { messageOf } from './errors.ts';
import type { Home, Mac } from './mac/mac.ts';

/** What this Mac allows, with a reason and a fix for each "no". Makes nothing. Throws only when aborted. */
export async function probeMac(mac: Mac, { signal }: AbortOptions = {}): Promise<ProbeReport> {
  try {
    // The addon first: without it no host is worth being made.
    mac.addon();
  } catch (error) {
    return { usable: false, problems: [addonProblem(error)], facts: {} };
  }
  const home = mac.home();
  try {
    const facts = await mac.facts(signal);
    signal?.throwIfAborted();
    return {
      usable: facts.supported && facts.entitled,
      problems: [...supportProblems(facts), ...entitlementProblems(facts, home), ...limits(facts)],
      facts: { ...facts, host: describe(home) },
    };
  } catch (error) {
    signal?.throwIfAborted();
    const problems = isVmError(error, 'PREFLIGHT_FAILED') ? error.details.problems : null;
    return { usable: false, problems: problems ?? [{ path: 'host', message: messageOf(error) }], facts: {} };
  }
}

function addonProblem(error: unknown): Problem {
  if (process.platform === 'darwin') return { path: 'addon', message: messageOf(error) };
  const fix = 'use @vmrs/driver-cloudhv or @vmrs/driver-qemu here';
  return { path: 'platform', message: 'Virtualization.framework is a part of macOS', fix };
}

function supportProblems({ supported }: HostFacts): readonly Problem[] {
  if (supported) return [];
  const message = 'this Mac cannot run VMs';
  return [{ path: 'hardware', message, fix: 'where it is a VM itself, run on the Mac that it runs on' }];
}

function entitlementProblems({ entitled }: HostFacts, home: Home): readonly Problem[] {
  if (entitled) return [];
  const path = home.kind === 'executable' ? home.executable.path : process.execPath;
  const fix =
    home.kind === 'inProcess'
      ? "leave mode at 'process', or sign this program with the entitlement"
      : 'leave hostPath out for a signed copy of node, or sign it: codesign --force --sign - --entitlements FILE';
  const message = `'${path}' lacks the entitlement com.apple.security.virtualization`;
  return [{ path: 'entitlement', message, fix }];
}

/** What this Mac cannot do, though it can run VMs. */
function limits({ saveRestore, rosetta, nestedVirtualization, mayBridge }: HostFacts): readonly Problem[] {
  return [
    ...(saveRestore ? [] : [{ path: 'snapshot', message: 'saving and restoring needs macOS 14 on Apple silicon' }]),
    ...(rosetta === 'unsupported'
      ? [{ path: 'rosetta', message: 'Rosetta for Linux needs macOS 13 on Apple silicon' }]
      : []),
    ...(rosetta === 'not-installed'
      ? [{ path: 'rosetta', message: 'Rosetta is not installed', fix: 'npx vmrs-applevz install-rosetta' }]
      : []),
    ...(nestedVirtualization
      ? []
      : [{ path: 'driverOptions.nestedVirtualization', message: 'nested virtualization needs macOS 15 on an M3' }]),
    ...(mayBridge
      ? []
      : [{ path: 'driverOptions.uplink', message: 'bridging needs root or com.apple.vm.networking in the signature' }]),
  ];
}

function describe(home: Home): JsonObject {
  switch (home.kind) {
    case 'inProcess':
      return { kind: 'this process' };
    case 'executable':
      return { kind: 'executable', path: home.executable.path, why: home.executable.why };
    case 'prepared':
      return { kind: 'a signed copy of node', node: home.node ?? process.execPath };
  }
}
