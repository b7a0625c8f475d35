import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { Consumer } from './consumer.ts';

const run = promisify(execFile);

/** Environment variables that matter to `vmrs`, and that the terminal must have from the test and not from its server. */
const VARIABLES = ['HOME', 'VMRS_HOME', 'VMRS_CACHE', 'NO_COLOR', 'TERM'] as const;

/** A real terminal, by tmux, with one program in it. */
export class Terminal implements AsyncDisposable {
  readonly #socket: string = `vmrs-test-${randomUUID().slice(0, 8)}`;
  readonly #env: Record<string, string | undefined>;

  private constructor(env: Record<string, string | undefined>) {
    this.#env = env;
  }

  /** Starts `command` in a terminal of 100 by 30, in the consumer's folder. */
  static async start(app: Consumer, command: readonly string[], env: Record<string, string> = {}): Promise<Terminal> {
    const all: Record<string, string | undefined> = { ...app.env, TERM: undefined, ...env };
    const settings = VARIABLES.flatMap((name) => (all[name] === undefined ? [] : ['-e', `${name}=${all[name]}`]));
    const terminal = new Terminal(app.env);
    // A server of its own, without anybody's configuration; what has ended stays to be read.
    await terminal.#tmux(
      ...['-f', '/dev/null', 'start-server', ';', 'set-option', '-g', 'remain-on-exit', 'on', ';'],
      ...['new-session', '-d', '-x', '100', '-y', '30', '-c', app.folder, ...settings, ...command],
    );
    return terminal;
  }

  /** What is on the screen, without empty lines at the end; with `colours`, escape sequences included. */
  async screen(colours = false): Promise<string> {
    return (await this.#tmux('capture-pane', '-p', ...(colours ? ['-e'] : []))).trimEnd();
  }

  /** Resolves when the screen matches. */
  async shows(pattern: RegExp): Promise<void> {
    await expect.poll(() => this.screen(), { timeout: 25_000 }).toMatch(pattern);
  }

  /** Types keys, in tmux's names: `C-c`, `C-]`, `Enter`, or text. */
  async type(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  /** The exit code of the program, when it has ended. */
  async exitCode(): Promise<number> {
    // There for whoever has ended, a moment after its output.
    const status = (): Promise<string> => this.#tmux('display-message', '-p', '#{pane_dead_status}');
    await expect.poll(status, { timeout: 25_000 }).toMatch(/^\d+\n$/);
    return Number(await status());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux('kill-server');
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    // tmux takes PATH from here, whatever it is told.
    return (await run('tmux', ['-L', this.#socket, ...args], { env: this.#env })).stdout;
  }
}
