import { type HostFacts, loadAddon } from '@vmrs/applevz-addon';
import { isVmError, type Problem } from '@vmrs/core/driver';
import { isExecutable } from '@vmrs/driver-kit';
import { messageOf } from '../errors.ts';
import { askFacts } from '../mac/ask-facts.ts';
import {
  findPreparedHost,
  type HostExecutable,
  type HostPlan,
  type PrepareHostOptions,
  planHost,
} from '../prepare-host/index.ts';
import { TOOLS } from '../prepare-host/tools.ts';

/** What `vmrs-applevz doctor` finds out. */
export interface Diagnosis {
  /** Whether a VM could be booted now; a host that has yet to be made does not matter when it can be. */
  readonly usable: boolean;
  /** What stands in the way, each with what to do. */
  readonly problems: readonly Problem[];
  /** Such as `darwin-arm64`. */
  readonly platform: string;
  readonly node: { readonly version: string; readonly path: string };
  readonly addon: { readonly found: true } | { readonly found: false; readonly findings: readonly Finding[] };
  readonly host: HostState;
  /** What the framework says, to the host where there is one, else to this process; null when nobody could ask it. */
  readonly facts: (HostFacts & { readonly askedIn: 'the host' | 'this process' }) | null;
}

/** One place at which the addon was looked for. */
interface Finding {
  readonly path: string;
  readonly problem: string;
}

/** The executable for host processes. */
export type HostState =
  | { readonly state: 'ready'; readonly path: string; readonly why: string }
  | { readonly state: 'made at the first boot' }
  | { readonly state: 'impossible' };

/** What could be found out of a part, and what is wrong with it. */
interface Part<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}

/** Looks at everything and changes nothing. `more`: options of the preparation, for tests. */
export async function diagnose(
  env: Readonly<Record<string, string | undefined>>,
  more: PrepareHostOptions = {},
): Promise<Diagnosis> {
  const here = lookAtAddon(env);
  const host = await lookAtHost(env, here.value, more);
  const there = host.value.state === 'ready' ? await askHost(host.value, env) : nothingAsked();
  const facts = there.value ?? (here.value.facts && { ...here.value.facts, askedIn: 'this process' as const });
  const problems = [...here.problems, ...host.problems, ...there.problems, ...factProblems(facts, host.value)];
  return {
    usable: problems.length === 0 && facts !== null,
    problems,
    platform: `${process.platform}-${process.arch}`,
    node: { version: process.versions.node, path: process.execPath },
    addon: here.value.addon,
    host: host.value,
    facts,
  };
}

interface AddonLook {
  readonly addon: Diagnosis['addon'];
  readonly facts: HostFacts | null;
}

function lookAtAddon(env: Readonly<Record<string, string | undefined>>): Part<AddonLook> {
  try {
    return { value: { addon: { found: true }, facts: loadAddon({ env }).hostFacts() }, problems: [] };
  } catch (error) {
    const addon = { found: false as const, findings: findingsOf(error) };
    return { value: { addon, facts: null }, problems: [{ path: 'addon', message: messageOf(error) }] };
  }
}

function findingsOf(error: unknown): readonly Finding[] {
  if (!(error instanceof Error && 'findings' in error && Array.isArray(error.findings))) return [];
  return error.findings as readonly Finding[];
}

async function lookAtHost(
  env: Readonly<Record<string, string | undefined>>,
  { facts }: AddonLook,
  more: PrepareHostOptions,
): Promise<Part<HostState>> {
  const plan: HostPlan = planHost({ hostPath: null, hostNode: null }, env, {
    execPath: process.execPath,
    entitled: () => facts?.entitled === true,
    electron: process.versions['electron'] !== undefined,
  });
  if (plan.kind === 'executable') return lookAtExecutable(plan.executable);
  try {
    const prepared = await findPreparedHost({ ...more, seams: { env, ...more.seams } });
    if (prepared !== null) {
      return { value: { state: 'ready', path: prepared.executable, why: 'a signed copy of node' }, problems: [] };
    }
  } catch (error) {
    if (!isVmError(error, 'PREFLIGHT_FAILED')) throw error;
    return { value: { state: 'impossible' }, problems: error.details.problems };
  }
  const { codesign } = { ...TOOLS, ...more.tools };
  if (await isExecutable(codesign)) return { value: { state: 'made at the first boot' }, problems: [] };
  const message = `'${codesign}' is not there, so no copy of node can be signed`;
  const fix = 'install the Command Line Tools with `xcode-select --install`';
  return { value: { state: 'impossible' }, problems: [{ path: 'codesign', message, fix }] };
}

async function lookAtExecutable({ path, why }: HostExecutable): Promise<Part<HostState>> {
  if (await isExecutable(path)) return { value: { state: 'ready', path, why }, problems: [] };
  const message = `'${path}' is not an executable file (${why})`;
  return { value: { state: 'impossible' }, problems: [{ path: 'host', message, fix: 'correct VMRS_APPLEVZ_HOST' }] };
}

function nothingAsked(): Part<Diagnosis['facts']> {
  return { value: null, problems: [] };
}

async function askHost(
  { path, why }: Extract<HostState, { state: 'ready' }>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Part<Diagnosis['facts']>> {
  try {
    const facts = await askFacts({ path, why, env: {} }, env['VMRS_APPLEVZ_ADDON'] ?? null);
    return { value: { ...facts, askedIn: 'the host' }, problems: [] };
  } catch (error) {
    return { value: null, problems: [{ path: 'host', message: messageOf(error) }] };
  }
}

function factProblems(facts: Diagnosis['facts'], host: HostState): readonly Problem[] {
  if (facts === null) return [];
  const problems: Problem[] = [];
  if (!facts.supported) {
    const fix = 'where this Mac is a VM itself, run on the Mac that it runs on';
    problems.push({ path: 'hardware', message: 'this Mac cannot run VMs', fix });
  }
  if (!facts.entitled && host.state === 'ready' && facts.askedIn === 'the host') {
    const message = `'${host.path}' lacks the entitlement com.apple.security.virtualization`;
    const fix =
      'sign it: codesign --force --sign - --entitlements FILE, or leave out VMRS_APPLEVZ_HOST for a signed copy of node';
    problems.push({ path: 'host', message, fix });
  }
  return problems;
}
