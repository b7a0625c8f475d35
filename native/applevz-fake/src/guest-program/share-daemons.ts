import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Description } from './description.ts';

/** The daemons that serve a machine's directories to QEMU, one each. They end when QEMU hangs up. */
export class ShareDaemons {
  /** Sockets by the tag of the share. */
  readonly sockets: ReadonlyMap<string, string>;
  readonly #folder: string | null;
  readonly #children: readonly ChildProcess[];

  private constructor(folder: string | null, sockets: ReadonlyMap<string, string>, children: readonly ChildProcess[]) {
    this.#folder = folder;
    this.sockets = sockets;
    this.#children = children;
  }

  /** Starts them; resolves when all listen. A device without a directory has none. Rejects when there is no daemon to start. */
  static async start(shares: Description['shares']): Promise<ShareDaemons> {
    const served = shares.filter((share) => share.path !== null);
    if (served.length === 0) return new ShareDaemons(null, new Map(), []);
    // Loaded for guests with shares only: it takes longer than all the rest of this program.
    const kit = await import('@vmrs/driver-kit');
    const located = await kit.locateVirtiofsd(null, process.env['PATH']);
    if (typeof located === 'string') throw new Error(located);
    const daemon = await kit.identifyVirtiofsd(located.path, process.env['PATH']);
    if (typeof daemon === 'string') throw new Error(daemon);
    const folder = await mkdtemp(join(tmpdir(), 'vmrs-fake-shares-'));
    const sockets = new Map<string, string>();
    const children: ChildProcess[] = [];
    for (const [index, { tag, path, readOnly }] of served.entries()) {
      const socket = join(folder, String(index));
      const share = { tag, hostPath: path ?? '', readOnly, socket };
      const run = { role: tag, sandbox: daemon.dialect === 'c' ? 'chroot' : 'none' } as const;
      const { file, args } = kit.virtiofsdCommand(daemon, share, run);
      const child = spawn(file, [...args], { stdio: 'ignore' });
      children.push(child);
      const died = new AbortController();
      child.once('exit', () => died.abort(new Error(`'${file}' has ended before it served '${tag}'`)));
      child.once('error', (error) => died.abort(error));
      await kit.waitListening(socket, died.signal);
      await kit.removeTraces(socket);
      sockets.set(tag, socket);
    }
    return new ShareDaemons(folder, sockets, children);
  }

  /** To be called when QEMU has connected: removes the sockets, so that whatever ends this program leaves none. */
  async connected(): Promise<void> {
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
  }

  /** Ends what has not ended with QEMU, and removes the sockets. */
  async end(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await this.connected();
  }
}
