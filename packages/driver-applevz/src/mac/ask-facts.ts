import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { HostFacts } from '@vmrs/applevz-addon';
import * as v from 'valibot';
import { hypervisorError, messageOf } from '../errors.ts';
import type { HostExecutable } from '../prepare-host/index.ts';
import { hostArguments } from './host-program.ts';

const run = promisify(execFile);

/** The first start of a signed copy is checked by macOS, which takes its time. */
const DEADLINE_MS = 30_000;

/** Asks what the framework allows the host executable. Throws `HYPERVISOR` with what it said instead. */
export async function askFacts(host: HostExecutable, addon: string | null): Promise<HostFacts> {
  const args = hostArguments(['--facts', ...(addon === null ? [] : ['--addon', addon])]);
  try {
    const { stdout } = await run(host.path, [...args], {
      env: { ...process.env, ...host.env },
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
      encoding: 'utf8',
    });
    return v.parse(shape(), JSON.parse(stdout));
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    const detail = `'${host.path}' cannot say what Virtualization.framework allows it: ${said === '' ? messageOf(error) : said}`;
    throw hypervisorError('facts', detail, { cause: error });
  }
}

function shape(): v.GenericSchema<unknown, HostFacts> {
  const { boolean, number, picklist, string } = v;
  return v.object({
    osVersion: string(),
    arch: picklist(['arm64', 'x64']),
    builtWithSdk: string(),
    supported: boolean(),
    entitled: boolean(),
    mayBridge: boolean(),
    minCpus: number(),
    maxCpus: number(),
    minMemoryBytes: number(),
    maxMemoryBytes: number(),
    rosetta: picklist(['unsupported', 'not-installed', 'installed']),
    nestedVirtualization: boolean(),
    saveRestore: boolean(),
    efi: boolean(),
    vmnet: boolean(),
  });
}
