import type { Resource } from '../contract/index.ts';
import { parseResource } from './resource-shape.ts';

/** One line of a ledger. */
export type LedgerLine =
  /** Written before the resource is made. */
  | { readonly op: 'acquire'; readonly id: number; readonly resource: Resource }
  /** More is known of it now. */
  | { readonly op: 'update'; readonly id: number; readonly resource: Resource }
  /** It is undone. */
  | { readonly op: 'released'; readonly id: number }
  /** It could not be undone; it still counts. */
  | { readonly op: 'failed'; readonly id: number; readonly error: string };

/** The text of a line, its end included. */
export function formatLedgerLine(line: LedgerLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Reads a line without its end; null when it is none. */
export function parseLedgerLine(text: string): LedgerLine | null {
  const { op, id, resource, error } = parseObject(text);
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return null;
  switch (op) {
    case 'acquire':
    case 'update': {
      const parsed = parseResource(resource);
      return parsed === null ? null : { op, id, resource: parsed };
    }
    case 'released':
      return { op, id };
    case 'failed':
      return typeof error === 'string' ? { op, id, error } : null;
    default:
      return null;
  }
}

function parseObject(text: string): Partial<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // No JSON is no line, as an object without the right fields is none.
    return {};
  }
}
