/** One event of Cloud Hypervisor's event monitor. */
export interface ApiEvent {
  /** Such as `vm`, `vmm`, `virtio-device` or `guest`. */
  readonly source: string;
  /** Such as `booted` or `rebooting`. */
  readonly event: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** An event is some hundred bytes; what goes on for longer without an end is none. */
const MAX_EVENT_BYTES = 64 * 1024;

/**
 * Reads events out of a stream in which each is a JSON object over several lines, followed by an empty line. Cut objects happen, since Cloud Hypervisor
 * drops what it cannot write: whatever stands before an empty line and is no event is left out.
 */
export class EventParser {
  #rest = '';

  /** The events that end in `text`, which follows what was given before. */
  push(text: string): readonly ApiEvent[] {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = (blocks.pop() ?? '').slice(-MAX_EVENT_BYTES);
    return blocks.flatMap((block) => readEvent(block) ?? []);
  }
}

function readEvent(block: string): ApiEvent | null {
  // After a cut object the next one begins with its own brace at the beginning of a line.
  const start = block.lastIndexOf('\n{\n');
  const value = parsed(start === -1 ? block : block.slice(start));
  if (value === null) return null;
  const { source, event, properties } = value;
  if (typeof source !== 'string' || typeof event !== 'string') return null;
  return { source, event, properties: texts(properties) };
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function texts(properties: unknown): Readonly<Record<string, string>> {
  if (typeof properties !== 'object' || properties === null) return {};
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, String(value)]));
}
