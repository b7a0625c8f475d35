import type { Problem } from '../errors/index.ts';

/** A port forward as far as it is sound. */
export interface PortDraft {
  readonly hostPort: number | undefined;
  readonly protocol: string;
  readonly hostAddress: string;
}

/** A network as far as it is sound. */
export interface NetworkDraft {
  readonly name: string | undefined;
  readonly fd: number | undefined;
  readonly path: string | undefined;
  readonly mac: string | undefined;
  readonly ports: readonly PortDraft[];
}

/** A shared directory as far as it is sound. */
export interface SharedDirDraft {
  readonly hostPath: string | undefined;
  readonly tag: string | undefined;
}

/** Fields that name a file. */
export type FileField = 'kernel' | 'initramfs' | 'rootDisk' | 'dataDisk' | 'seedIso' | 'efiVariableStore' | 'serialLog';

/** The sound parts of a configuration that may have unsound ones, so that all problems can be found in one pass. */
export interface Draft {
  /** The fields that were given a value, right or wrong. */
  readonly given: ReadonlySet<string>;
  readonly files: Readonly<Record<FileField, string | undefined>>;
  readonly networks: readonly NetworkDraft[];
  readonly sharedDirs: readonly SharedDirDraft[];
  readonly rosetta: boolean;
}

/** The parts of `input` that none of the `problems` is about. */
export function draftOf(input: object, problems: readonly Problem[]): Draft {
  const root = new Place(input, '', new Set(problems.map(({ path }) => path)));
  return {
    given: new Set(Object.entries(input).flatMap(([field, value]) => (value === undefined ? [] : [field]))),
    files: {
      kernel: root.text('kernel'),
      initramfs: root.text('initramfs'),
      rootDisk: root.text('rootDisk'),
      dataDisk: root.text('dataDisk'),
      seedIso: root.text('seedIso'),
      efiVariableStore: root.text('efiVariableStore'),
      serialLog: root.text('serialLog'),
    },
    networks: root.list('networks').map(networkDraft),
    sharedDirs: root.list('sharedDirs').map((item) => ({ hostPath: item.text('hostPath'), tag: item.text('tag') })),
    rosetta: root.value('rosetta') === true,
  };
}

function networkDraft(item: Place): NetworkDraft {
  // Fields of another type of network are problems already; they take no part in anything.
  const type = item.text('type');
  const socket = type === 'socket' && item.sound;
  return {
    name: type === 'tap' ? item.text('name') : undefined,
    fd: socket ? item.number('fd') : undefined,
    path: socket ? item.text('path') : undefined,
    mac: item.text('mac'),
    ports: (type === 'nat' ? item.list('ports') : []).map((port) => ({
      hostPort: port.number('hostPort'),
      protocol: port.text('protocol') ?? 'tcp',
      hostAddress: port.text('hostAddress') ?? '127.0.0.1',
    })),
  };
}

/** An object within the configuration, with the path to it and the paths of what is unsound. */
class Place {
  readonly #object: unknown;
  readonly #path: string;
  readonly #unsound: ReadonlySet<string>;

  constructor(object: unknown, path: string, unsound: ReadonlySet<string>) {
    this.#object = object;
    this.#path = path;
    this.#unsound = unsound;
  }

  /** Whether no problem is about this object as a whole. */
  get sound(): boolean {
    return !this.#unsound.has(this.#path);
  }

  value(field: string): unknown {
    const object = this.#object;
    if (typeof object !== 'object' || object === null || this.#unsound.has(this.#pathOf(field))) return undefined;
    return Object.hasOwn(object, field) ? Reflect.get(object, field) : undefined;
  }

  text(field: string): string | undefined {
    const value = this.value(field);
    return typeof value === 'string' ? value : undefined;
  }

  number(field: string): number | undefined {
    const value = this.value(field);
    return typeof value === 'number' ? value : undefined;
  }

  list(field: string): readonly Place[] {
    const value = this.value(field);
    if (!Array.isArray(value)) return [];
    // Not `map`: that passes over the holes of a sparse array.
    return Array.from(value, (item: unknown, index) => {
      return new Place(item, `${this.#pathOf(field)}[${index}]`, this.#unsound);
    });
  }

  #pathOf(field: string): string {
    return this.#path === '' ? field : `${this.#path}.${field}`;
  }
}
