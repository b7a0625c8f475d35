import { readMachO } from './mach-o/read-mach-o.ts';

/** What of an executable or a library matters when it is copied elsewhere. */
export interface ExecutableLayout {
  readonly libraries: readonly { readonly name: string; readonly weak: boolean }[];
  readonly rpaths: readonly string[];
  readonly segments: readonly string[];
}

/** Reads the layout of a file for an architecture; null when the file has none for it. The seam at which tests put other formats. */
export type LayoutReader = (file: string, arch: string) => Promise<ExecutableLayout | null>;

/** The layout of a Mach-O file. Throws `MachOError`, or the system's error. */
export async function readMachOLayout(file: string, arch: string): Promise<ExecutableLayout | null> {
  const { images } = await readMachO(file);
  return images.find((image) => image.arch === arch) ?? null;
}
