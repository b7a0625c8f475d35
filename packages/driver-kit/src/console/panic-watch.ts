import { ignoreErrno, openFile } from '@vmrs/core/driver';

/** The kernel's last words before a reset are followed by at most some screens of registers and stack. */
const WINDOW_BYTES = 64 * 1024;

const PANIC = /Kernel panic - not syncing: ([^\r\n]*)/;

/**
 * Tells a reset that a panic caused from one that the guest wanted. A kernel that panics before its panic notifier is loaded, or that
 * has none, just reboots (`panic=-1`); what it wrote to the console in this boot is the only trace. Reads at resets only.
 */
export class PanicWatch {
  readonly #serialLog: string;
  #bootStart: number;

  private constructor(serialLog: string, bootStart: number) {
    this.#serialLog = serialLog;
    this.#bootStart = bootStart;
  }

  /** Begins with what is written from now on. */
  static async begin(serialLog: string): Promise<PanicWatch> {
    return new PanicWatch(serialLog, await sizeOf(serialLog));
  }

  /** What the kernel said if it panicked before the reset that has just happened, else null. The next boot begins here. */
  async atReset(): Promise<string | null> {
    const end = await sizeOf(this.#serialLog);
    // A log that has shrunk was rotated by somebody; what is left of it belongs to this boot.
    const start = Math.max(this.#bootStart <= end ? this.#bootStart : 0, end - WINDOW_BYTES);
    this.#bootStart = end;
    const log = await ignoreErrno(openFile(this.#serialLog, 'r'), 'ENOENT');
    if (log === undefined) return null;
    await using handle = log;
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(end - start), position: start });
    return PANIC.exec(buffer.toString('latin1', 0, bytesRead))?.[1]?.trim() ?? null;
  }
}

async function sizeOf(path: string): Promise<number> {
  const handle = await ignoreErrno(openFile(path, 'r'), 'ENOENT');
  if (handle === undefined) return 0;
  await using log = handle;
  return (await log.stat()).size;
}
