/** Bytes of `sun_path` in a socket address, the closing NUL included: unix(7) on Linux, `sys/un.h` on macOS. */
const SUN_PATH_BYTES = { linux: 108, darwin: 104 } as const;

/** Why a path cannot be that of a unix socket, in a sentence; null when it can. */
export function socketPathProblem(path: string, platform: NodeJS.Platform = process.platform): string | null {
  const longest = (platform === 'darwin' ? SUN_PATH_BYTES.darwin : SUN_PATH_BYTES.linux) - 1;
  const length = Buffer.byteLength(path);
  if (length <= longest) return null;
  return `socket path '${path}' is ${length} bytes long; this platform allows ${longest}`;
}
