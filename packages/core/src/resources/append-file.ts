import { ioError } from '../store/io-error.ts';
import type { AppendHandle, FileSystem } from '../util/file-system.ts';

const NEW_LINE = 0x0a;

/** A file of text lines that only grows, by whole lines. One writer at a time. */
export class AppendFile {
  readonly #path: string;
  readonly #handle: AppendHandle;
  #size: number;
  #damage: unknown;

  private constructor(path: string, handle: AppendHandle, size: number) {
    this.#path = path;
    this.#handle = handle;
    this.#size = size;
  }

  /**
   * Opens or makes the file (mode 0600) and reads its whole lines. What follows the last line end was cut off by a crash in the
   * middle of a write, before which nothing was done; it is removed. Throws `IO`.
   */
  static async open(path: string, fileSystem: FileSystem): Promise<{ file: AppendFile; lines: readonly string[] }> {
    try {
      const handle = await fileSystem.openAppend(path, 0o600);
      try {
        const content = Buffer.from(handle.content);
        const size = content.lastIndexOf(NEW_LINE) + 1;
        if (size < content.length) await handle.truncate(size);
        const lines = size === 0 ? [] : content.toString('utf8', 0, size - 1).split('\n');
        return { file: new AppendFile(path, handle, size), lines };
      } catch (error) {
        await handle.close();
        throw error;
      }
    } catch (error) {
      throw ioError('opening', path, error);
    }
  }

  /** Appends text that ends with a line end. Throws `IO`; nothing is added then. */
  async append(text: string): Promise<void> {
    if (this.#damage !== undefined) throw ioError('writing', this.#path, this.#damage);
    const bytes = Buffer.from(text);
    try {
      await this.#handle.append(bytes);
    } catch (error) {
      await this.#takeBack();
      throw ioError('writing', this.#path, error);
    }
    this.#size += bytes.length;
  }

  /** Removes all lines. Throws `IO`. */
  async clear(): Promise<void> {
    try {
      await this.#handle.truncate(0);
      this.#size = 0;
    } catch (error) {
      throw ioError('clearing', this.#path, error);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** A full disk may have taken half a line, to which the next one would be glued. */
  async #takeBack(): Promise<void> {
    try {
      await this.#handle.truncate(this.#size);
    } catch (error) {
      // From here on every append is refused, with this as the reason.
      this.#damage = error;
    }
  }
}
