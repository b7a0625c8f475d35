import { clearLine, cursorTo } from 'node:readline';
import type { Screen } from './screen.ts';
import { formatDuration } from './time.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

/**
 * What is going on, for people. On a terminal: one line that lives, with the time that it has taken; elsewhere: one plain line for each new stage. To
 * stderr; silent with `--quiet` and `--json`.
 */
export class Progress implements Disposable {
  readonly #screen: Screen;
  readonly #silent: boolean;
  #stage: string | null = null;
  /** The last plain line. */
  #line = '';
  #since = 0;
  #timer: NodeJS.Timeout | null = null;
  #frame = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#silent = screen.quiet || screen.json;
  }

  /** Begins a stage, or says more of the present one: the time goes on while the part before `:` is the same. */
  stage(text: string): void {
    if (this.#silent || text === this.#stage) return;
    const same = this.#stage !== null && topic(text) === topic(this.#stage);
    if (!same) this.#since = performance.now();
    this.#stage = text;
    if (!this.#live) {
      // How far something is would be a line for each percent.
      const line = text.replace(/ \(\d+ %\)$/, '');
      if (line !== this.#line) this.#screen.note(line);
      this.#line = line;
      return;
    }
    this.#timer ??= setInterval(() => this.#draw(), FRAME_MS).unref();
    this.#draw();
  }

  /** Ends the stage, with a line that stays. */
  done(text: string, tone: 'good' | 'bad' | 'warning' = 'good'): void {
    this.clear();
    this.#stage = null;
    if (this.#silent) return;
    const mark = { good: '✔', bad: '✘', warning: '!' }[tone];
    this.#screen.note(this.#live ? `${this.#screen.tone(tone, mark, 'stderr')} ${text}` : text);
  }

  /** Does `write` with the living line out of the way. */
  aside(write: () => void): void {
    const live = this.#live && this.#stage !== null;
    if (live) this.#erase();
    write();
    if (live) this.#draw();
  }

  /** Ends the stage without a word. */
  clear(): void {
    if (this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
      this.#erase();
    }
    this.#stage = null;
  }

  [Symbol.dispose](): void {
    this.clear();
  }

  get #live(): boolean {
    return this.#screen.stderr.isTTY && process.env['TERM'] !== 'dumb';
  }

  #draw(): void {
    if (this.#stage === null) return;
    const { stderr } = this.#screen;
    const frame = FRAMES[this.#frame++ % FRAMES.length] ?? '';
    const time = formatDuration(performance.now() - this.#since);
    const room = Math.max(10, (stderr.columns ?? 80) - time.length - 5);
    const text = this.#stage.length > room ? `${this.#stage.slice(0, room - 1)}…` : this.#stage;
    this.#erase();
    stderr.write(`${frame} ${text} ${this.#screen.tone('dim', time, 'stderr')}`);
  }

  #erase(): void {
    const { stderr } = this.#screen;
    cursorTo(stderr, 0);
    clearLine(stderr, 0);
  }
}

function topic(text: string): string {
  return text.split(':')[0] ?? '';
}
