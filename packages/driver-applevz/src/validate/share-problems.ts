import type { HostFacts } from '@vmrs/applevz-addon';
import type { BootSpec, Problem } from '@vmrs/core/driver';

/** Tags of this many bytes or more are refused (`VZVirtioFileSystemDeviceConfiguration validateTag:error:`). */
const TAG_LIMIT_BYTES = 36;

/** What keeps the shared directories, and Rosetta, from being served. */
export function shareProblems(
  { sharedDirs, rosetta }: Pick<BootSpec, 'sharedDirs' | 'rosetta'>,
  facts: Pick<HostFacts, 'rosetta'>,
): readonly Problem[] {
  const tags = sharedDirs.flatMap(({ tag }, index): Problem[] => {
    if (Buffer.byteLength(tag) < TAG_LIMIT_BYTES) return [];
    return [{ path: `sharedDirs[${index}].tag`, message: `must be shorter than ${TAG_LIMIT_BYTES} bytes` }];
  });
  return [...tags, ...(rosetta ? rosettaProblems(facts) : [])];
}

function rosettaProblems({ rosetta }: Pick<HostFacts, 'rosetta'>): readonly Problem[] {
  switch (rosetta) {
    case 'installed':
      return [];
    case 'not-installed': {
      const fix = 'npx vmrs-applevz install-rosetta, or softwareupdate --install-rosetta';
      return [{ path: 'rosetta', message: 'Rosetta is not installed on this Mac', fix }];
    }
    case 'unsupported':
      return [{ path: 'rosetta', message: 'Rosetta for Linux needs macOS 13 or later on Apple silicon' }];
  }
}
