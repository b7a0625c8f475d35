import { GuestError } from '../errors/guest-error.ts';

const SECTOR = 2048;
/** The first 16 sectors are left to boot loaders. */
const SYSTEM_AREA = 16;
const ROOT_BYTES = SECTOR;
const STANDARD_ID = 'CD001';
/** Joliet level 3, UCS-2 names. */
const JOLIET_ESCAPE = '%/E';
const MAX_NAME = 64;

/** Fixed places, in sectors: three descriptors, four path tables, two root directories, then the files. */
const LAYOUT = {
  primaryTableLittle: SYSTEM_AREA + 3,
  primaryTableBig: SYSTEM_AREA + 4,
  jolietTableLittle: SYSTEM_AREA + 5,
  jolietTableBig: SYSTEM_AREA + 6,
  primaryRoot: SYSTEM_AREA + 7,
  jolietRoot: SYSTEM_AREA + 8,
  data: SYSTEM_AREA + 9,
} as const;

/** A file in the root folder of the image. */
export interface IsoFile {
  readonly name: string;
  readonly body: Uint8Array | string;
}

interface PlacedFile {
  readonly name: string;
  readonly body: Buffer;
  readonly sector: number;
}

/** How one of the two trees writes its texts. */
interface Tree {
  readonly joliet: boolean;
  readonly root: number;
  readonly tableLittle: number;
  readonly tableBig: number;
}

const PRIMARY: Tree = {
  joliet: false,
  root: LAYOUT.primaryRoot,
  tableLittle: LAYOUT.primaryTableLittle,
  tableBig: LAYOUT.primaryTableBig,
};
const JOLIET: Tree = {
  joliet: true,
  root: LAYOUT.jolietRoot,
  tableLittle: LAYOUT.jolietTableLittle,
  tableBig: LAYOUT.jolietTableBig,
};

/**
 * Builds an ISO 9660 image with a Joliet tree, for a handful of files in its root folder. The primary tree carries the
 * names as they are, too: in lower case and longer than the standard's 8.3 form, which Linux and others read.
 *
 * The bytes depend on the arguments alone; all dates are 1970-01-01.
 *
 * @param label volume name, at most 16 characters; cloud-init looks for `cidata`
 * @throws `INVALID_INPUT` for a bad name or label, or when the root folder does not fit into one sector
 */
export function isoImage(files: readonly IsoFile[], label: string): Buffer {
  if (!/^[\w-]{1,16}$/.test(label)) throw new GuestError('INVALID_INPUT', `"${label}" is not a volume name`);
  const placed = place(files);
  const last = placed.at(-1);
  const sectors = last === undefined ? LAYOUT.data : last.sector + sectorsOf(last.body);
  return Buffer.concat([
    Buffer.alloc(SYSTEM_AREA * SECTOR),
    volumeDescriptor(1, PRIMARY, label, sectors),
    volumeDescriptor(2, JOLIET, label, sectors),
    padded(Buffer.from(`\xff${STANDARD_ID}\x01`, 'latin1'), SECTOR),
    pathTable(PRIMARY.root, 'little'),
    pathTable(PRIMARY.root, 'big'),
    pathTable(JOLIET.root, 'little'),
    pathTable(JOLIET.root, 'big'),
    directory(PRIMARY, placed),
    directory(JOLIET, placed),
    ...placed.map(({ body }) => padded(body, sectorsOf(body) * SECTOR)),
  ]);
}

function place(files: readonly IsoFile[]): PlacedFile[] {
  let sector: number = LAYOUT.data;
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  return sorted.map(({ name, body }, index) => {
    if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name) || name.length > MAX_NAME || sorted[index - 1]?.name === name) {
      throw new GuestError('INVALID_INPUT', `"${name}" cannot be the name of a file in the image, or is there twice`);
    }
    const file = { name, body: Buffer.from(body), sector };
    sector += sectorsOf(file.body);
    return file;
  });
}

/** Even an empty file gets a sector of its own. */
function sectorsOf(body: Buffer): number {
  return Math.max(1, Math.ceil(body.length / SECTOR));
}

/** ECMA-119 section 8.4, and 8.5 for the Joliet tree. */
function volumeDescriptor(type: number, tree: Tree, label: string, sectors: number): Buffer {
  const text = (value: string, bytes: number) => (tree.joliet ? ucs2Text(value, bytes) : asciiText(value, bytes));
  const noDate = Buffer.from('0000000000000000\0', 'latin1');
  return padded(
    Buffer.concat([
      Buffer.from([type]),
      Buffer.from(STANDARD_ID, 'latin1'),
      Buffer.from([1, 0]),
      text('', 32), // system
      text(label, 32),
      Buffer.alloc(8),
      bothEndian32(sectors),
      padded(Buffer.from(tree.joliet ? JOLIET_ESCAPE : '', 'latin1'), 32),
      bothEndian16(1), // volumes in the set
      bothEndian16(1), // number of this volume
      bothEndian16(SECTOR),
      bothEndian32(PATH_TABLE_BYTES),
      uint32(tree.tableLittle, 'little'),
      uint32(0, 'little'),
      uint32(tree.tableBig, 'big'),
      uint32(0, 'big'),
      directoryRecord(Buffer.from([0]), tree.root, ROOT_BYTES, true),
      ...[128, 128, 128, 128, 37, 37, 37].map((bytes) => text('', bytes)), // publisher and so on
      ...[noDate, noDate, noDate, noDate],
      Buffer.from([1, 0]),
    ]),
    SECTOR,
  );
}

/** One entry: the root, its own parent. */
const PATH_TABLE_BYTES = 10;

function pathTable(root: number, endian: Endian): Buffer {
  const parent = Buffer.from(endian === 'little' ? [1, 0] : [0, 1]);
  return padded(Buffer.concat([Buffer.from([1, 0]), uint32(root, endian), parent, Buffer.alloc(2)]), SECTOR);
}

function directory(tree: Tree, files: readonly PlacedFile[]): Buffer {
  const records = Buffer.concat([
    directoryRecord(Buffer.from([0]), tree.root, ROOT_BYTES, true),
    directoryRecord(Buffer.from([1]), tree.root, ROOT_BYTES, true),
    ...files.map(({ name, sector, body }) => {
      const identifier = tree.joliet ? ucs2(`${name};1`) : Buffer.from(`${name};1`, 'latin1');
      return directoryRecord(identifier, sector, body.length, false);
    }),
  ]);
  if (records.length > ROOT_BYTES) throw new GuestError('INVALID_INPUT', 'too many files for the image');
  return padded(records, ROOT_BYTES);
}

/** ECMA-119 section 9.1. */
function directoryRecord(identifier: Buffer, sector: number, bytes: number, isDirectory: boolean): Buffer {
  const padding = identifier.length % 2 === 0 ? 1 : 0;
  return Buffer.concat([
    Buffer.from([33 + identifier.length + padding, 0]),
    bothEndian32(sector),
    bothEndian32(bytes),
    Buffer.from([70, 1, 1, 0, 0, 0, 0]), // 1970-01-01 00:00:00 UTC
    Buffer.from([isDirectory ? 2 : 0, 0, 0]),
    bothEndian16(1),
    Buffer.from([identifier.length]),
    identifier,
    Buffer.alloc(padding),
  ]);
}

type Endian = 'little' | 'big';

function uint32(value: number, endian: Endian): Buffer {
  const bytes = Buffer.alloc(4);
  if (endian === 'little') bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}

function bothEndian32(value: number): Buffer {
  return Buffer.concat([uint32(value, 'little'), uint32(value, 'big')]);
}

function bothEndian16(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(value, 0);
  bytes.writeUInt16BE(value, 2);
  return bytes;
}

function ucs2(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

/** Texts are padded with blanks; a Joliet field of odd length ends with a zero byte. */
function ucs2Text(text: string, bytes: number): Buffer {
  return padded(ucs2(text.padEnd(Math.floor(bytes / 2), ' ')), bytes);
}

function asciiText(text: string, bytes: number): Buffer {
  return Buffer.from(text.padEnd(bytes, ' '), 'latin1');
}

function padded(bytes: Buffer, length: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
}
