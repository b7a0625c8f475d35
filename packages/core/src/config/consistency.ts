import type { Problem } from '../errors/index.ts';
import type { Draft, PortDraft } from './draft.ts';

/** What contradicts itself within a configuration: boot modes, and things that there can be only once. */
export function consistencyProblems(draft: Draft): readonly Problem[] {
  const { networks, sharedDirs } = draft;
  return [
    ...bootModeProblems(draft.given),
    ...duplicates(networks.map(({ mac }, index) => ({ path: `networks[${index}].mac`, value: mac?.toLowerCase() }))),
    ...duplicates(networks.map(({ name }, index) => ({ path: `networks[${index}].name`, value: name }))),
    ...duplicates(networks.map(({ fd }, index) => ({ path: `networks[${index}].fd`, value: fd }))),
    ...duplicates(networks.map(({ path }, index) => ({ path: `networks[${index}].path`, value: path }))),
    ...duplicates(sharedDirs.map(({ tag }, index) => ({ path: `sharedDirs[${index}].tag`, value: tag }))),
    ...(draft.rosetta ? rosettaTagProblems(draft) : []),
    ...portProblems(draft),
  ];
}

function bootModeProblems(given: ReadonlySet<string>): readonly Problem[] {
  const problems: Problem[] = [];
  const kernel = given.has('kernel');
  const efi = given.has('efiVariableStore');
  // What boots without either is something that only the driver knows, and it says so.
  if (!kernel && !efi && !given.has('driverOptions')) {
    problems.push({
      path: 'kernel',
      message: 'kernel path must not be empty',
      fix: 'set kernel, or efiVariableStore for a boot through UEFI',
    });
  }
  for (const field of ['initramfs', 'cmdline']) {
    if (given.has(field) && !kernel) problems.push({ path: field, message: `${field} has no meaning without kernel` });
  }
  if (given.has('seedIso') && !given.has('rootDisk')) {
    problems.push({
      path: 'seedIso',
      message: 'seedIso has no meaning without rootDisk: cloud-init is on the root disk',
    });
  }
  if (efi && !kernel && !given.has('rootDisk')) {
    problems.push({ path: 'efiVariableStore', message: 'a boot through UEFI needs rootDisk to boot from' });
  }
  return problems;
}

function duplicates(
  items: readonly { readonly path: string; readonly value: string | number | undefined }[],
): readonly Problem[] {
  const first = new Map<string | number, string>();
  const problems: Problem[] = [];
  for (const { path, value } of items) {
    if (value === undefined) continue;
    const other = first.get(value);
    if (other === undefined) first.set(value, path);
    else problems.push({ path, message: `'${value}' is also ${other}; each must be different` });
  }
  return problems;
}

/** Virtualization.framework's Rosetta share has this tag. */
function rosettaTagProblems({ sharedDirs }: Draft): readonly Problem[] {
  return sharedDirs.flatMap(({ tag }, index) =>
    tag === 'rosetta'
      ? [{ path: `sharedDirs[${index}].tag`, message: "the tag 'rosetta' is taken by the Rosetta share" }]
      : [],
  );
}

function portProblems({ networks }: Draft): readonly Problem[] {
  const all = networks.flatMap(({ ports }, network) =>
    ports.map((port, index) => ({ port, path: `networks[${network}].ports[${index}].hostPort` })),
  );
  return all.flatMap(({ port, path }, index) => {
    const other = all.slice(0, index).find((earlier) => collide(earlier.port, port));
    return other === undefined
      ? []
      : [{ path, message: `host port ${port.hostPort}/${port.protocol} is also ${other.path}` }];
  });
}

function collide(a: PortDraft, b: PortDraft): boolean {
  // 0 lets the system choose, differently each time.
  if (a.hostPort === undefined || a.hostPort === 0 || a.hostPort !== b.hostPort || a.protocol !== b.protocol)
    return false;
  return a.hostAddress === b.hostAddress || isWildcard(a.hostAddress) || isWildcard(b.hostAddress);
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
