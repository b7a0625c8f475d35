import type { AddonFinding, HostFacts } from '@vmrs/applevz-addon';
import * as v from 'valibot';
import { type Parsed, parseBy } from './parsed.ts';

/** The line that a host program prints when it is asked what its executable may do. */
export type HostReport =
  | { readonly facts: HostFacts }
  /** The addon could not be used: where it was looked for, and what was wrong there. */
  | { readonly findings: readonly AddonFinding[] };

/** Reads a {@link HostReport}. */
export function parseHostReport(line: string): Parsed<HostReport> {
  let report: unknown;
  try {
    report = JSON.parse(line);
  } catch {
    return { problem: `not JSON: ${line.slice(0, 200)}` };
  }
  return parseBy(reportSchema(), report);
}

function reportSchema(): v.GenericSchema<unknown, HostReport> {
  const facts: v.GenericSchema<unknown, HostFacts> = v.strictObject({
    osVersion: v.string(),
    arch: v.picklist(['arm64', 'x64']),
    builtWithSdk: v.string(),
    supported: v.boolean(),
    entitled: v.boolean(),
    mayBridge: v.boolean(),
    minCpus: v.number(),
    maxCpus: v.number(),
    minMemoryBytes: v.number(),
    maxMemoryBytes: v.number(),
    rosetta: v.picklist(['unsupported', 'not-installed', 'installed']),
    nestedVirtualization: v.boolean(),
    saveRestore: v.boolean(),
    efi: v.boolean(),
    vmnet: v.boolean(),
  });
  const finding = v.strictObject({ path: v.string(), problem: v.string() });
  return v.union([v.strictObject({ facts }), v.strictObject({ findings: v.array(finding) })]);
}
