import { type FileHandle, open } from 'node:fs/promises';
import { GuestError } from '../errors/guest-error.ts';

const GLOBAL_MAGIC = '!<arch>\n';
const HEADER_BYTES = 60;
const HEADER_END = '`\n';

/** One member of an `ar` archive and where its bytes are in the file. */
export interface ArMember {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** Lists the members of an `ar` archive, the outer layer of a Debian package. Throws `BAD_FORMAT`, `NOT_FOUND`. */
export async function listArMembers(path: string): Promise<ArMember[]> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (cause) {
    throw new GuestError('NOT_FOUND', `cannot open the Debian package "${path}"`, { cause });
  }
  try {
    const { size: fileSize } = await file.stat();
    const magic = await readAt(file, 0, GLOBAL_MAGIC.length);
    if (magic !== GLOBAL_MAGIC) throw notAnArchive(path, 'the file does not begin with "!<arch>"');
    const members: ArMember[] = [];
    let at = GLOBAL_MAGIC.length;
    while (at < fileSize) {
      const header = await readAt(file, at, HEADER_BYTES);
      const size = Number(header.slice(48, 58).trim());
      const offset = at + HEADER_BYTES;
      if (!header.endsWith(HEADER_END) || !Number.isSafeInteger(size) || offset + size > fileSize) {
        throw notAnArchive(path, `the member at byte ${at} is damaged or cut off`);
      }
      members.push({ name: header.slice(0, 16).trim().replace(/\/$/, ''), offset, size });
      at = offset + size + (size % 2);
    }
    return members;
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.toString('latin1', 0, bytesRead);
}

function notAnArchive(path: string, why: string): GuestError {
  return new GuestError('BAD_FORMAT', `"${path}" is not a Debian package: ${why}`);
}
