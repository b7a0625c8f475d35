import { isProcessIdentity } from '../../process/identity.ts';
import { checkDeadlines } from '../stop/stop.ts';
import type { Call, ClientMessage, OwnerMessage } from './protocol.ts';
import { isWireError } from './wire-error.ts';

/** What a holder received as a message; null for everything that is none. */
export function clientMessage(value: object): ClientMessage | null {
  const known =
    ('hello' in value && isSpeaker(value.hello)) ||
    ('id' in value && isId(value.id) && 'call' in value && isCall(value.call)) ||
    ('cancel' in value && isId(value.cancel)) ||
    'ping' in value;
  return known ? (value as ClientMessage) : null;
}

/** What was received from a holder as a message; null for everything that is none. Looks no deeper than what is acted upon. */
export function ownerMessage(value: object): OwnerMessage | null {
  const known =
    ('welcome' in value && isWelcome(value.welcome)) ||
    ('refused' in value && isSpeaker(value.refused)) ||
    ('event' in value && has(value.event, 'type', 'string') && 'process' in value && isProcess(value.process)) ||
    ('id' in value && isId(value.id) && ('ok' in value || ('error' in value && isWireError(value.error)))) ||
    ('ended' in value && isEnd(value.ended)) ||
    'parted' in value ||
    'pong' in value;
  return known ? (value as OwnerMessage) : null;
}

function isCall(value: unknown): value is Call {
  if (!isObject(value)) return false;
  switch (value['do']) {
    case 'stop':
      return areDeadlines(value['options']);
    case 'kill':
    case 'pause':
    case 'resume':
      return true;
    case 'snapshot':
      return typeof value['directory'] === 'string' && ['none', 'reflink', 'copy'].includes(String(value['disks']));
    case 'operate':
      return typeof value['name'] === 'string' && isObject(value['args']);
    case 'evidence':
      return typeof value['stage'] === 'string' && typeof value['elapsedMs'] === 'number';
    case 'vsock':
      return typeof value['port'] === 'number';
    default:
      return false;
  }
}

function areDeadlines(value: unknown): boolean {
  if (!isObject(value)) return false;
  try {
    checkDeadlines(value);
    return true;
  } catch {
    return false; // Whoever asks checks them first, so this is none of us.
  }
}

function isWelcome(value: unknown): boolean {
  if (!isObject(value) || !isSpeaker(value) || !isProcess(value['process'])) return false;
  const texts = ['instanceId', 'driver'].every((name) => has(value, name, 'string'));
  const logs = has(value['files'], 'serialLog', 'string') && has(value['files'], 'vmmLog', 'string');
  return texts && logs && has(value['state'], 'status', 'string') && isObject(value['capabilities']);
}

function isEnd(value: unknown): boolean {
  if (!isObject(value)) return false;
  return (
    has(value['state'], 'status', 'string') && has(value['result'], 'how', 'string') && isObject(value['evidence'])
  );
}

function isSpeaker(value: unknown): boolean {
  return has(value, 'protocol', 'number') && has(value, 'pid', 'number');
}

function isProcess(value: unknown): boolean {
  return value === null || isProcessIdentity(value);
}

function isId(value: unknown): boolean {
  return Number.isSafeInteger(value);
}

function has(value: unknown, field: string, type: 'string' | 'number'): boolean {
  return isObject(value) && typeof value[field] === type;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
