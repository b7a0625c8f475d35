/** What this host lacks for the double. Tests skip by it, and name it. */
export type UnavailableReason =
  /** Not Linux on x64 or arm64. */
  | 'platform'
  /** No `apt-get` and `dpkg-deb`, so no Debian to take ObjFW from. */
  | 'no-debian'
  /** ObjFW's packages cannot be had: no network, or a mirror without them. */
  | 'no-objfw'
  /** No `clang++-19`. */
  | 'no-compiler'
  /** A build with sanitizers was asked for, and their runtime is not installed. */
  | 'no-sanitizers';

/** The double cannot be built on this host. Any other error of a build is a mistake in what was compiled. */
export class FakeAddonUnavailableError extends Error {
  override readonly name = 'FakeAddonUnavailableError';
  readonly reason: UnavailableReason;

  constructor(reason: UnavailableReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
