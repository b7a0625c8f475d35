import { styleText } from 'node:util';
import type { DemoEvent, Reporter } from './demo-event.ts';

/** One JSON object per event and line. */
export function jsonReporter(out: NodeJS.WritableStream): Reporter {
  return { report: (event) => out.write(`${JSON.stringify(event)}\n`), close: nothingLive };
}

/** Plain lines, for a pipe or a log. */
export function plainReporter(out: NodeJS.WritableStream): Reporter {
  return { report: (event) => out.write(`${describe(event)}\n`), close: nothingLive };
}

/** Coloured lines, and the time that the present state has lasted, live. */
export function terminalReporter(out: NodeJS.WriteStream): Reporter {
  const color = process.env['NO_COLOR'] === undefined;
  const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
    color ? styleText(format, text) : text;
  let since = performance.now();
  let waiting: string | null = null;
  const erase = (): void => {
    if (waiting !== null) out.write('\r\x1b[K');
  };
  const ticker = setInterval(() => {
    if (waiting !== null)
      out.write(`\r\x1b[K${paint('dim', `  … ${waiting} ${((performance.now() - since) / 1000).toFixed(1)} s`)}`);
  }, 100);
  return {
    report(event) {
      erase();
      out.write(`${paint(COLORS[event.event], describe(event))}\n`);
      since = performance.now();
      waiting = waitsAfter(event);
    },
    close() {
      clearInterval(ticker);
      erase();
    },
  };
}

function nothingLive(): void {
  // Lines stay as they are.
}

const COLORS = {
  step: 'bold',
  driver: 'cyan',
  'guest-assets': 'dim',
  state: 'green',
  console: 'yellow',
  leak: 'red',
  error: 'red',
  done: 'bold',
} as const satisfies Record<DemoEvent['event'], Parameters<typeof styleText>[0]>;

function waitsAfter(event: DemoEvent): string | null {
  if (event.event === 'step') return event.text;
  if (event.event !== 'state' || event.state === 'stopped' || event.state === 'failed') return null;
  return event.state;
}

function describe(event: DemoEvent): string {
  switch (event.event) {
    case 'step':
      return event.text;
    case 'driver':
      return [`  driver ${event.id}: ${facts(event.facts)}`, ...event.notes.map((note) => `    note: ${note}`)].join(
        '\n',
      );
    case 'guest-assets':
      return `  guest kernel ${event.kernel} (${seconds(event.elapsedMs)})`;
    case 'state':
      return `  ${seconds(event.elapsedMs).padStart(8)}  ${event.state}${event.ip === undefined ? '' : ` (${event.ip})`}${event.reason === undefined ? '' : `: ${event.reason}`}`;
    case 'console':
      return `  guest says: ${event.line}`;
    case 'leak':
      return `  LEFT BEHIND: ${event.what}`;
    case 'error':
      return [`${event.code}: ${event.message}`, ...event.console.map((line) => `  console: ${line}`)].join('\n');
    case 'done':
      return `done in ${seconds(event.elapsedMs)}: stopped by ${event.stopped}, ${event.leaked === 0 ? 'nothing' : `${event.leaked} things`} left behind`;
  }
}

/** The plain facts; nested ones are for `--json`. */
function facts(all: object): string {
  const plain = Object.entries(all).filter(([, value]) => typeof value === 'string');
  return plain.map(([name, value]) => `${name} ${value}`).join(', ');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
