import type { HostFacts } from '@vmrs/applevz-addon';
import type { AbortOptions, JsonObject, ProbeReport, Problem } from '@vmrs/core/driver';
import { messageOf } from './errors.ts';
import type { Mac } from './mac/mac.ts';
import type { ResolvedOptions } from './options.ts';
import type { HostExecutable } from './prepare-host/index.ts';

/** What this Mac allows, with a reason and a fix for each "no". Throws only when aborted. */
export async function probeMac(
  mac: Mac,
  options: ResolvedOptions,
  { signal }: AbortOptions = {},
): Promise<ProbeReport> {
  try {
    // The addon first: without it no host is worth being made.
    mac.addon();
  } catch (error) {
    return { usable: false, problems: [addonProblem(error)], facts: {} };
  }
  try {
    const executable = await mac.executable(signal);
    const facts = await mac.facts(signal);
    signal?.throwIfAborted();
    return {
      usable: facts.supported && facts.entitled,
      problems: [...supportProblems(facts), ...entitlementProblems(facts, executable), ...limits(facts)],
      facts: toFacts(facts, executable, options),
    };
  } catch (error) {
    signal?.throwIfAborted();
    return { usable: false, problems: [{ path: 'host', message: messageOf(error) }], facts: {} };
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

function entitlementProblems({ entitled }: HostFacts, executable: HostExecutable | null): readonly Problem[] {
  if (entitled) return [];
  const message = `'${executable?.path ?? process.execPath}' lacks the entitlement com.apple.security.virtualization`;
  const fix =
    executable === null
      ? "leave mode at 'process', or sign this program with the entitlement"
      : 'leave out hostPath for a signed copy, or sign it: codesign --force --sign - --entitlements FILE';
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

function toFacts(facts: HostFacts, executable: HostExecutable | null, { mode }: ResolvedOptions): JsonObject {
  return { ...facts, mode, host: executable === null ? null : { path: executable.path, why: executable.why } };
}
