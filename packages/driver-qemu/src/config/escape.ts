/**
 * A value for one of QEMU's comma-separated options (`-chardev`, `-fsdev`): a comma is written twice. Options that take
 * JSON (`-blockdev`, `-device`, `-netdev`, `-object`) need no such thing and are preferred.
 */
export function optionValue(value: string): string {
  return value.replaceAll(',', ',,');
}
