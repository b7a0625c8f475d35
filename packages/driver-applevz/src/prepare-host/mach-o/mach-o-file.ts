/** What is known of a Mach-O file: one image, or one per architecture in a universal file. */
export interface MachOFile {
  readonly universal: boolean;
  readonly images: readonly MachOImage[];
}

/** What the load commands of one image say. */
export interface MachOImage {
  /** As Node.js names it, or `cpu <number>`. */
  readonly arch: string;
  readonly kind: 'executable' | 'dylib' | 'bundle' | `type ${number}`;
  /** The name by which a dylib goes itself (`LC_ID_DYLIB`). */
  readonly id: string | null;
  /** In the order of the file, which is the order in which dyld loads them. */
  readonly libraries: readonly LibraryReference[];
  /** Where `@rpath` leads (`LC_RPATH`), in the order of the file. */
  readonly rpaths: readonly string[];
  /** Names of its segments, such as `__TEXT`. */
  readonly segments: readonly string[];
  /** Whether there is a code signature; nothing is said of its worth. */
  readonly signed: boolean;
}

/** A library that an image wants loaded. */
export interface LibraryReference {
  /** A path, or one that begins with `@rpath`, `@loader_path` or `@executable_path`. */
  readonly name: string;
  /** The image runs without it (`LC_LOAD_WEAK_DYLIB`). */
  readonly weak: boolean;
}
