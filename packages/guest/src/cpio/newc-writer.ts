import { posix } from 'node:path';
import { GuestError } from '../errors/guest-error.ts';

const TYPE_DIR = 0o040000;
const TYPE_FILE = 0o100000;
const TYPE_SYMLINK = 0o120000;
const TYPE_CHAR = 0o020000;
const TYPE_FIFO = 0o010000;
const PERMISSIONS = 0o7777;

/** Entry names and file bodies are padded to this; a further archive must begin at a multiple of it, too. */
const ALIGNMENT = 4;
/** The kernel takes no longer name (PATH_MAX, with the terminating NUL). */
const NAME_LIMIT = 4096;
const SIZE_LIMIT = 0xffff_ffff;

interface EntryDetails {
  readonly body?: Buffer;
  readonly links?: number;
  readonly device?: readonly [major: number, minor: number];
}

/**
 * Writes a cpio archive in the "newc" format (magic 070701), the only one besides "crc" that Linux unpacks as initramfs.
 *
 * The bytes depend on the calls alone: owner is root, times are 0, inode numbers count up. Missing parent directories
 * are added with mode 0755. Names are relative to the root; a leading slash is dropped.
 */
export class NewcWriter {
  readonly #parts: Buffer[] = [];
  readonly #names = new Set<string>();
  #inode = 0;
  #length = 0;

  /** Adds a directory. Adding the same directory again does nothing. */
  dir(path: string, mode = 0o755): this {
    const name = entryName(path);
    if (this.#names.has(name)) return this;
    this.#begin(name);
    return this.#entry(name, TYPE_DIR | (mode & PERMISSIONS), { links: 2 });
  }

  /** Adds a regular file. */
  file(path: string, body: Uint8Array | string, mode = 0o644): this {
    const name = this.#begin(entryName(path));
    return this.#entry(name, TYPE_FILE | (mode & PERMISSIONS), { body: Buffer.from(body) });
  }

  /** Adds a symbolic link; the target is not looked at. */
  symlink(path: string, target: string): this {
    const name = this.#begin(entryName(path));
    return this.#entry(name, TYPE_SYMLINK | 0o777, { body: Buffer.from(target) });
  }

  /** Adds a character device. */
  charDevice(path: string, major: number, minor: number, mode = 0o600): this {
    const name = this.#begin(entryName(path));
    return this.#entry(name, TYPE_CHAR | (mode & PERMISSIONS), { device: [major, minor] });
  }

  /** Adds a named pipe. */
  fifo(path: string, mode = 0o600): this {
    const name = this.#begin(entryName(path));
    return this.#entry(name, TYPE_FIFO | (mode & PERMISSIONS));
  }

  /** Ends the archive and returns its bytes, a multiple of 512. The writer must not be used afterwards. */
  finish(): Buffer {
    this.#inode = 0;
    this.#entry('TRAILER!!!', 0, {}, 0);
    this.#push(Buffer.alloc((512 - (this.#length % 512)) % 512));
    return Buffer.concat(this.#parts, this.#length);
  }

  #begin(name: string): string {
    if (this.#names.has(name)) throw new GuestError('INVALID_INPUT', `"${name}" is in the archive twice`);
    const parent = posix.dirname(name);
    if (parent !== '.') this.dir(parent);
    this.#names.add(name);
    return name;
  }

  #entry(
    name: string,
    mode: number,
    { body = Buffer.alloc(0), links = 1, device = [0, 0] }: EntryDetails = {},
    inode = ++this.#inode,
  ): this {
    if (body.length > SIZE_LIMIT) throw new GuestError('INVALID_INPUT', `"${name}" is larger than 4 GiB`);
    const nameBytes = Buffer.from(`${name}\0`);
    if (nameBytes.length > NAME_LIMIT) throw new GuestError('INVALID_INPUT', `"${name}" is too long a name for cpio`);
    const fields = [
      inode,
      mode,
      0, // uid
      0, // gid
      links,
      0, // mtime
      body.length,
      0, // major and minor of the device that holds the file
      0,
      device[0],
      device[1],
      nameBytes.length,
      0, // checksum, unused in newc
    ];
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
    this.#push(Buffer.from(header), nameBytes);
    this.#pad();
    this.#push(body);
    this.#pad();
    return this;
  }

  #pad(): void {
    this.#push(Buffer.alloc((ALIGNMENT - (this.#length % ALIGNMENT)) % ALIGNMENT));
  }

  #push(...parts: Buffer[]): void {
    for (const part of parts) {
      this.#parts.push(part);
      this.#length += part.length;
    }
  }
}

function entryName(path: string): string {
  const name = path.replace(/^\/+|\/+$/g, '');
  const parts = name.split('/');
  if (name === '' || name.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new GuestError('INVALID_INPUT', `"${path}" is not a plain path inside the archive`);
  }
  return name;
}
