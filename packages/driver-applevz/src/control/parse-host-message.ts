import type { NativeState } from '@vmrs/applevz-addon';
import * as v from 'valibot';
import { type Parsed, parseBy } from './parsed.ts';
import type { Hello, HostEvent, HowItEnded, Operation, Operations, Refusal, WireFailure } from './protocol.ts';
import { failureSchema } from './wire-failure.ts';

type Schema<T> = v.GenericSchema<unknown, T>;

/** An answer whose content is to be read by {@link HostMessageParser.parseAnswer}, once it is known what it answers. */
export type RawReply =
  | { readonly id: number; readonly ok: unknown }
  | { readonly id: number; readonly failed: WireFailure };

/** Anything that a host says after its {@link Hello}. */
export type HostMessage = RawReply | HostEvent | Refusal;

type AnswerSchemas = { readonly [O in Operation]: Schema<Operations[O][1]> };

/** Reads what hosts send. Nothing that is not known to the protocol passes. */
export class HostMessageParser {
  readonly #answers: AnswerSchemas = answerSchemas();
  readonly #message: Schema<HostMessage> = messageSchema();

  /** The first line, as far as it is the same in all versions of the protocol. */
  parseGreeting(message: unknown): Parsed<Pick<Hello, 'hello' | 'protocol'>> {
    return parseBy(v.object({ hello: v.literal('vmrs-applevz-host'), protocol: v.number() }), message);
  }

  /** The whole first line of a host of this version. */
  parseHello(message: unknown): Parsed<Hello> {
    const schema = v.strictObject({
      hello: v.literal('vmrs-applevz-host'),
      protocol: v.number(),
      pid: v.pipe(v.number(), v.safeInteger()),
      started: v.boolean(),
    });
    return parseBy(schema, message);
  }

  /** Any other line. */
  parse(message: unknown): Parsed<HostMessage> {
    return parseBy(this.#message, message);
  }

  /** The content of an answer to `op`. */
  parseAnswer<O extends Operation>(op: O, content: unknown): Parsed<Operations[O][1]> {
    return parseBy(this.#answers[op], content);
  }
}

function answerSchemas(): AnswerSchemas {
  const nothing = v.strictObject({});
  return {
    create: v.strictObject({ machineId: v.nullable(v.pipe(v.string(), v.base64())) }),
    start: nothing,
    restore: nothing,
    state: v.strictObject({ state: stateSchema() }),
    pause: nothing,
    resume: nothing,
    'request-stop': nothing,
    stop: nothing,
    'check-save': nothing,
    save: nothing,
    'set-memory-target': nothing,
    'listen-vsock': nothing,
    'unlisten-vsock': nothing,
  };
}

function messageSchema(): Schema<HostMessage> {
  const id = v.pipe(v.number(), v.safeInteger());
  return v.union([
    v.strictObject({ id, ok: v.unknown() }),
    v.strictObject({ id, failed: failureSchema() }),
    v.strictObject({ refused: v.string() }),
    eventSchema(),
  ]);
}

function eventSchema(): Schema<HostEvent> {
  return v.variant('event', [
    v.strictObject({ event: v.literal('paused') }),
    v.strictObject({ event: v.literal('resumed') }),
    v.strictObject({ event: v.literal('panicked'), detail: v.string() }),
    v.strictObject({ event: v.literal('network-disconnected'), index: v.number(), failure: failureSchema() }),
    v.strictObject({ event: v.literal('ended'), how: endSchema() }),
  ]);
}

function endSchema(): Schema<HowItEnded> {
  return v.variant('by', [
    v.strictObject({ by: v.literal('guest') }),
    v.strictObject({ by: v.literal('told') }),
    v.strictObject({ by: v.literal('panic'), detail: v.string() }),
    v.strictObject({ by: v.literal('failure'), failure: failureSchema() }),
  ]);
}

function stateSchema(): Schema<NativeState> {
  const known = v.picklist([
    'stopped',
    'running',
    'paused',
    'error',
    'starting',
    'pausing',
    'resuming',
    'stopping',
    'saving',
    'restoring',
  ]);
  return v.union([known, v.custom<`unknown ${number}`>((value) => /^unknown -?\d+$/.test(String(value)))]);
}
