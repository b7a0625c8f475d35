/** A network card of the guest, known by its MAC address whatever the guest calls it. */
export interface SeedNetwork {
  readonly mac: string;
  /** Addresses with prefix, such as `10.0.1.2/24` or `fd00::2/64`. Default: DHCP. */
  readonly addresses?: readonly string[] | undefined;
  /** Default route; needs `addresses`. */
  readonly gateway?: string | undefined;
  readonly nameservers?: readonly string[] | undefined;
}

/** A virtiofs share to mount at every boot. */
export interface SeedMount {
  /** The share's tag, at most 36 bytes. */
  readonly tag: string;
  readonly path: string;
  readonly readOnly?: boolean | undefined;
}

/** A file to write in the guest at its first boot. */
export interface SeedFile {
  readonly path: string;
  readonly content: string;
  /** Default: 0600. */
  readonly mode?: number | undefined;
}

/** The program that the guest runs after its readiness marker, as a systemd service. */
export interface SeedWorkload {
  /** Program (absolute path) and arguments, handed over as they are. */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Default: `/`. */
  readonly cwd?: string | undefined;
  /** Default: `root`. */
  readonly user?: string | undefined;
}

/** What a guest with cloud-init is told at its first boot. */
export interface SeedConfig {
  /** Letters, digits, `-` and `.`, at most 253 characters. */
  readonly hostname: string;
  /** Public keys in OpenSSH's form for the image's default user. Passwords are never allowed over SSH. */
  readonly sshAuthorizedKeys?: readonly string[] | undefined;
  /** The first network is the one whose address the marker carries. Default: the image's own network settings. */
  readonly networks?: readonly SeedNetwork[] | undefined;
  /** Names for `/etc/hosts`: address to names. */
  readonly hosts?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly mounts?: readonly SeedMount[] | undefined;
  readonly files?: readonly SeedFile[] | undefined;
  readonly workload?: SeedWorkload | undefined;
}
