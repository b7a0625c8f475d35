import type { Problem } from '../errors/index.ts';
import type { BootSpec, NetworkSpec } from './boot-spec.ts';

/** The capabilities that fields of a configuration need, with the words for what is missing. */
const NEEDED = {
  rootDisk: 'a root disk',
  dataDisk: 'a data disk',
  seedIso: 'a seed disk',
  tap: 'tap networking',
  socketNetwork: 'socket networking',
  nat: 'NAT networking',
  portForwards: 'port forwards',
  sharedDirs: 'shared directories',
  readOnlyShares: 'read-only shared directories',
  netns: 'network namespaces',
  vsock: 'vsock',
  machineId: 'a machine id',
  efiVariableStore: 'UEFI boot',
  rosetta: 'Rosetta',
  driverOptions: 'options of its own for one VM',
} as const;

/** A capability that some field of a configuration needs. */
export type FieldCapability = keyof typeof NEEDED;

/** What a configuration asks for and a driver cannot do: one problem for each field, naming the capability. */
export function capabilityProblems(
  spec: BootSpec,
  capabilities: { readonly [C in FieldCapability]: boolean },
): { capabilities: string[]; problems: Problem[] } {
  const missing = needsOf(spec).filter(({ capability }) => capabilities[capability] !== true);
  return {
    capabilities: [...new Set(missing.map(({ capability }) => capability))],
    problems: missing.map(({ path, capability }) => ({
      path,
      message: `the driver does not support ${NEEDED[capability]} (capability '${capability}')`,
    })),
  };
}

interface Need {
  readonly path: string;
  readonly capability: FieldCapability;
}

function needsOf(spec: BootSpec): readonly Need[] {
  const needs: Need[] = [];
  for (const field of ['rootDisk', 'dataDisk', 'seedIso', 'netns', 'machineId', 'efiVariableStore'] as const) {
    if (spec[field] !== null) needs.push({ path: field, capability: field });
  }
  for (const field of ['vsock', 'rosetta'] as const) {
    if (spec[field]) needs.push({ path: field, capability: field });
  }
  if (Object.keys(spec.driverOptions).length > 0) needs.push({ path: 'driverOptions', capability: 'driverOptions' });
  for (const [index, network] of spec.networks.entries()) needs.push(...networkNeeds(network, `networks[${index}]`));
  for (const [index, { readOnly }] of spec.sharedDirs.entries()) {
    needs.push({ path: `sharedDirs[${index}]`, capability: 'sharedDirs' });
    if (readOnly) needs.push({ path: `sharedDirs[${index}].readOnly`, capability: 'readOnlyShares' });
  }
  return needs;
}

function networkNeeds(network: NetworkSpec, path: string): readonly Need[] {
  switch (network.type) {
    case 'tap':
      return [{ path, capability: 'tap' }];
    case 'socket':
      return [{ path, capability: 'socketNetwork' }];
    case 'nat': {
      const ports: readonly Need[] =
        network.ports.length === 0 ? [] : [{ path: `${path}.ports`, capability: 'portForwards' }];
      return [{ path, capability: 'nat' }, ...ports];
    }
  }
}
