import { writeFileAtomically } from '../util/atomic-file.ts';
import { seedFiles } from './cloud-config.ts';
import { isoImage } from './iso9660.ts';
import type { SeedConfig } from './seed-config.ts';

/** The volume name that makes cloud-init take a disk for a NoCloud seed. */
const LABEL = 'cidata';

/** Builds a NoCloud seed in memory. Throws `INVALID_INPUT` with all problems. */
export async function seedImage(config: SeedConfig): Promise<{ image: Buffer; instanceId: string }> {
  const { instanceId, userData, metaData, networkConfig } = await seedFiles(config);
  const files = [
    { name: 'user-data', body: userData },
    { name: 'meta-data', body: metaData },
    ...(networkConfig === undefined ? [] : [{ name: 'network-config', body: networkConfig }]),
  ];
  return { image: isoImage(files, LABEL), instanceId };
}

/**
 * Writes a NoCloud seed (ISO 9660, label `cidata`), or replaces one as a whole. Only its owner can read it, because a
 * seed may hold secrets.
 *
 * @param path the image to make; its folders are made, too
 * @returns the instance id: the same for the same content, another one for any change
 * @throws `INVALID_INPUT` with all problems before anything is written; `IO`
 */
export async function writeSeed(path: string, config: SeedConfig): Promise<{ instanceId: string }> {
  const { image, instanceId } = await seedImage(config);
  await writeFileAtomically(path, image, 0o600);
  return { instanceId };
}
