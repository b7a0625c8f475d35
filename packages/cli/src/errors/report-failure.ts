import { harmless } from '../io/guest-text.ts';
import type { Screen } from '../io/screen.ts';
import type { Failure } from './failure.ts';

/** Tells of a failure on stderr: code, message, every problem with its fix, the guest's last words, and what to do. Under `--json` as one line of JSON. */
export function reportFailure(screen: Screen, failure: Failure): void {
  if (screen.json) {
    screen.complain(JSON.stringify({ error: failure }));
    return;
  }
  const { code, message, problems, fixes, console, vmmLog } = failure;
  const tone = (name: 'bad' | 'dim', text: string): string => screen.tone(name, text, 'stderr');
  // A list of problems says the same as the message, and more readably.
  const head = problems.length > 0 ? headline(message) : message;
  const lines = [`${tone('bad', `error ${code}`)}: ${harmless(head)}`];
  for (const { path, message: what, fix } of problems) {
    lines.push(`  - ${told(path, what)}`);
    if (fix !== undefined) lines.push(tone('dim', `    fix: ${fix}`));
  }
  lines.push(...tail('the end of the console', console), ...tail("the end of the VMM's log", vmmLog));
  for (const fix of fixes) lines.push(`${tone('dim', 'what to do:')} ${fix}`);
  screen.complain(lines.join('\n'));
}

/** The message without the list of problems in it; with what was asked for, where no driver is that. */
function headline(message: string): string {
  const asked = /: ('[^']*' was asked for[^;]*); /.exec(message)?.[1];
  const head = message.split(': ')[0] ?? message;
  return asked === undefined ? head : `${head}: ${asked}`;
}

/** Many messages begin with what they are about. */
function told(path: string, message: string): string {
  const field = path.split(': ').at(-1) ?? path;
  const rest = field !== '' && message.startsWith(`${field} `) ? message.slice(field.length + 1) : message;
  return `${path === '' ? '' : `${path}: `}${harmless(rest)}`;
}

function tail(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  return [`${title}:`, ...lines.map((line) => `  | ${harmless(line)}`)];
}
