/** An entry of a newc archive. */
export interface CpioEntry {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly mtime: number;
  readonly device: readonly [number, number];
  readonly body: Buffer;
}

/**
 * Reads newc archives the way the kernel does: one after the other, each at a multiple of four bytes, zeros between them.
 */
export function readNewc(image: Buffer): CpioEntry[] {
  const entries: CpioEntry[] = [];
  let at = 0;
  const aligned = (position: number) => (position + 3) & ~3;
  while (at < image.length) {
    if (image[at] === 0) {
      at++;
      continue;
    }
    if (at % 4 !== 0 || image.toString('latin1', at, at + 6) !== '070701') throw new Error(`no header at byte ${at}`);
    const field = (index: number) =>
      Number.parseInt(image.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const nameBytes = field(11);
    const name = image.toString('utf8', at + 110, at + 110 + nameBytes - 1);
    const bodyAt = aligned(at + 110 + nameBytes);
    const body = image.subarray(bodyAt, bodyAt + field(6));
    if (name !== 'TRAILER!!!') {
      entries.push({ name, mode: field(1), uid: field(2), mtime: field(5), device: [field(9), field(10)], body });
    }
    at = aligned(bodyAt + body.length);
  }
  return entries;
}
