import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { unpackDeb } from '../debian/deb-archive.ts';
import { GuestError } from '../errors/guest-error.ts';
import type { GuestArch } from '../util/architecture.ts';

const ELF_MACHINE: Readonly<Record<GuestArch, number>> = { x86_64: 62, aarch64: 183 };
const PT_INTERP = 3;
/** The first version whose shell can read words separated by NUL bytes (`read -d ''`), which the init does. */
const MIN_VERSION = [1, 34] as const;

/** The Debian package that holds a static busybox. */
export const BUSYBOX_PACKAGE = 'busybox-static';

/** A busybox that a guest can run. */
export interface Busybox {
  readonly body: Buffer;
  readonly version: string;
}

/** Checks that bytes are a static busybox for the guest. Throws `BAD_FORMAT`, `BUSYBOX_NOT_STATIC`, `UNSUPPORTED`. */
export function checkBusybox(body: Buffer, arch: GuestArch, name: string): Busybox {
  const elf = body.length > 0x40 && body.toString('latin1', 0, 4) === '\x7fELF' && body[4] === 2;
  if (!elf || body.readUInt16LE(0x12) !== ELF_MACHINE[arch]) {
    throw new GuestError('BAD_FORMAT', `"${name}" is not a program for ${arch}`);
  }
  const at = body.indexOf('BusyBox v');
  const version = /^BusyBox v((\d+)\.(\d+)[\w.]*)/.exec(body.toString('latin1', at, at + 32));
  if (at < 0 || version?.[1] === undefined) throw new GuestError('BAD_FORMAT', `"${name}" is not busybox`);
  if (wantsInterpreter(body)) {
    throw new GuestError(
      'BUSYBOX_NOT_STATIC',
      `"${name}" is linked dynamically and cannot run in the guest: install the package ${BUSYBOX_PACKAGE}, or leave ` +
        'the option "busybox" out',
    );
  }
  const [major, minor] = [Number(version[2]), Number(version[3])];
  if (major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1])) {
    throw new GuestError(
      'UNSUPPORTED',
      `"${name}" is busybox ${version[1]}; at least ${MIN_VERSION.join('.')} is needed`,
    );
  }
  return { body, version: version[1] };
}

/** Takes busybox from a file. Throws `NOT_FOUND` and what `checkBusybox` throws. */
export async function busyboxFromFile(path: string, arch: GuestArch): Promise<Busybox> {
  let body: Buffer;
  try {
    body = await readFile(path);
  } catch (cause) {
    throw new GuestError('NOT_FOUND', `cannot read the busybox "${path}"`, { cause });
  }
  return checkBusybox(body, arch, path);
}

/** Takes busybox out of Debian's package, without installing it. Throws `BAD_FORMAT`. */
export async function busyboxFromDeb(
  path: string,
  arch: GuestArch,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Busybox> {
  const [file] = await unpackDeb(path, (name) => /^(?:usr\/)?bin\/busybox$/.test(name), options);
  if (file === undefined) throw new GuestError('BAD_FORMAT', `"${path}" holds no bin/busybox`);
  return checkBusybox(file.body, arch, path);
}

/** The first usable busybox on PATH or at `/bin/busybox`; `undefined` when the host has none for this guest. */
export async function findHostBusybox(arch: GuestArch, searchPath: string): Promise<string | undefined> {
  const folders = searchPath.split(delimiter).filter((folder) => folder.startsWith('/'));
  for (const folder of [...folders, '/bin']) {
    const path = join(folder, 'busybox');
    try {
      await access(path, constants.X_OK);
    } catch {
      continue; // not in this folder
    }
    try {
      await busyboxFromFile(path, arch);
      return path;
    } catch (error) {
      // A dynamic or foreign busybox is of no use here, but the search goes on.
      if (!(error instanceof GuestError)) throw error;
    }
  }
  return undefined;
}

function wantsInterpreter(elf: Buffer): boolean {
  const tableOffset = Number(elf.readBigUInt64LE(0x20));
  const entrySize = elf.readUInt16LE(0x36);
  const count = elf.readUInt16LE(0x38);
  for (let index = 0; index < count; index++) {
    const at = tableOffset + index * entrySize;
    if (at + 4 <= elf.length && elf.readUInt32LE(at) === PT_INTERP) return true;
  }
  return false;
}
