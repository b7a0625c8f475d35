import { type AddonFinding, type HostFacts, loadAddon } from '@vmrs/applevz-addon';
import type { Problem } from '@vmrs/core/driver';
import { messageOf } from '../errors.ts';
import { askFacts } from '../mac/ask-facts.ts';
import { ENTITLEMENT, HOST_VARIABLE, type PrepareHostOptions, type PrepareSeams } from '../prepare-host/index.ts';
import { type HostLook, lookAtHost } from './look-at-host.ts';

/** What `vmrs-applevz doctor` finds out. */
export interface Diagnosis {
  /** Whether a VM could be booted now; a host that has yet to be made does not matter when it can be. */
  readonly usable: boolean;
  /** What stands in the way, each with what to do. */
  readonly problems: readonly Problem[];
  /** Such as `darwin-arm64`. */
  readonly platform: string;
  readonly node: { readonly version: string; readonly path: string };
  readonly addon: { readonly found: true } | { readonly found: false; readonly findings: readonly AddonFinding[] };
  readonly host: {
    readonly state: HostLook['state'];
    readonly path: string | null;
    /** Why this one, in words. */
    readonly why: string | null;
  };
  /** What the framework says; null when nobody could ask it. */
  readonly facts: Facts | null;
}

/** What the framework allows, and whom: the host, or this process while there is no host yet. */
export interface Facts extends HostFacts {
  readonly askedIn: 'the host' | 'this process';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Looks at everything and changes nothing. `more` and `seams` are for tests. */
export async function diagnose(
  env: Environment,
  more: PrepareHostOptions = {},
  seams: PrepareSeams = {},
): Promise<Diagnosis> {
  const addon = lookAtAddon(env);
  const entitled = (): boolean => addon.facts?.entitled === true;
  const electron = process.versions['electron'] !== undefined;
  const host = await lookAtHost(env, { execPath: process.execPath, entitled, electron }, more, seams);
  // Without the addon a host would say the same as this process.
  const asked = host.state === 'ready' && addon.facts !== null ? await askHost(host.executable, env) : null;
  const facts: Facts | null = asked?.facts ?? (addon.facts && { ...addon.facts, askedIn: 'this process' });
  const problems = [
    ...addon.problems,
    ...(host.state === 'impossible' ? host.problems : []),
    ...(asked?.problems ?? []),
    ...factProblems(facts, host),
  ];
  const executable = host.state === 'ready' ? host.executable : null;
  return {
    usable: problems.length === 0,
    problems,
    platform: `${process.platform}-${process.arch}`,
    node: { version: process.versions.node, path: process.execPath },
    addon: addon.facts === null ? { found: false, findings: addon.findings } : { found: true },
    host: { state: host.state, path: executable?.path ?? null, why: executable?.why ?? null },
    facts,
  };
}

interface AddonLook {
  readonly facts: HostFacts | null;
  readonly findings: readonly AddonFinding[];
  readonly problems: readonly Problem[];
}

function lookAtAddon(env: Environment): AddonLook {
  try {
    return { facts: loadAddon({ env }).hostFacts(), findings: [], problems: [] };
  } catch (error) {
    // The error's class may be that of another copy of the addon's package.
    const findings = error instanceof Error && 'findings' in error ? (error.findings as readonly AddonFinding[]) : [];
    return { facts: null, findings, problems: [{ path: 'addon', message: messageOf(error) }] };
  }
}

async function askHost(
  executable: Extract<HostLook, { state: 'ready' }>['executable'],
  env: Environment,
): Promise<{ readonly facts: Facts | null; readonly problems: readonly Problem[] }> {
  try {
    const facts = await askFacts(executable, env['VMRS_APPLEVZ_ADDON'] || null);
    return { facts: { ...facts, askedIn: 'the host' }, problems: [] };
  } catch (error) {
    return { facts: null, problems: [{ path: 'host', message: messageOf(error) }] };
  }
}

function factProblems(facts: Facts | null, host: HostLook): readonly Problem[] {
  if (facts === null) return [];
  const problems: Problem[] = [];
  if (!facts.supported) {
    const fix = 'where this Mac is a VM itself, run on the Mac that it runs on';
    problems.push({ path: 'hardware', message: 'this Mac cannot run VMs', fix });
  }
  if (facts.askedIn === 'the host' && host.state === 'ready' && !facts.entitled) {
    const message = `'${host.executable.path}' lacks the entitlement ${ENTITLEMENT}`;
    const fix = `sign it: codesign --force --sign - --entitlements FILE PATH; or leave out ${HOST_VARIABLE} for a signed copy of node`;
    problems.push({ path: 'host', message, fix });
  }
  return problems;
}
