import { stat } from 'node:fs/promises';
import { type BootSpec, errnoOf, formatProblems, type Problem, VmError } from '@vmrs/core/driver';
import { messageOf } from '../errors.ts';

/** A `SNAPSHOT_FAILED` for a snapshot that does not fit, with everything that is wrong; to be thrown before anything is started. */
export function snapshotRefusal(
  driver: string,
  { name }: Pick<BootSpec, 'name'>,
  directory: string,
  problems: readonly Problem[],
): VmError<'SNAPSHOT_FAILED'> {
  const detail = `the snapshot in '${directory}' cannot be restored: ${formatProblems(problems)}`;
  return new VmError('SNAPSHOT_FAILED', { vm: name, driver, detail, details: { directory, problems } });
}

/** What is wrong with a file of a snapshot, from its size alone: it must have `bytes`, or any where that is null. */
export async function savedFileProblems(path: string, bytes: number | null = null): Promise<readonly Problem[]> {
  try {
    const { size } = await stat(path);
    if (bytes === null ? size > 0 : size === bytes) return [];
    return [{ path, message: bytes === null ? 'is empty' : `has ${size} bytes instead of ${bytes}` }];
  } catch (error) {
    return [{ path, message: `cannot be read (${errnoOf(error) ?? messageOf(error)})` }];
  }
}
