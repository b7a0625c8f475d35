import * as v from 'valibot';
import { type Parsed, parseBy } from './parsed.ts';
import type { Operation, Operations, Request, WireMachineSpec } from './protocol.ts';

type Schema<T> = v.GenericSchema<unknown, T>;

/** The arguments of each operation. */
type ArgumentSchemas = { readonly [O in Operation]: Schema<Operations[O][0]> };

/** Reads what controllers send. Nothing that is not known to the protocol passes: no operation, no member, no type. */
export class RequestParser {
  readonly #frame = v.strictObject({ id: natural(), op: v.string(), args: v.unknown() });
  readonly #args: ArgumentSchemas = argumentSchemas();

  /** A request, or what is wrong with the message. */
  parse(message: unknown): Parsed<Request> {
    const frame = parseBy(this.#frame, message);
    if ('problem' in frame) return frame;
    const { id, op } = frame.value;
    if (!this.#knows(op)) return { problem: `there is no operation '${op}'` };
    const args = parseBy<Operations[Operation][0]>(this.#args[op], frame.value.args);
    return 'problem' in args ? { problem: `${op}: ${args.problem}` } : { value: { id, op, args: args.value } };
  }

  #knows(op: string): op is Operation {
    return Object.hasOwn(this.#args, op);
  }
}

function argumentSchemas(): ArgumentSchemas {
  const nothing = v.strictObject({});
  const path = v.strictObject({ path: v.string() });
  const port = v.strictObject({ port: v.pipe(natural(), v.maxValue(0xffff_ffff)) });
  return {
    create: v.strictObject({ spec: machineSchema() }),
    start: nothing,
    restore: path,
    state: nothing,
    pause: nothing,
    resume: nothing,
    'request-stop': nothing,
    stop: nothing,
    'check-save': nothing,
    save: path,
    'set-memory-target': v.strictObject({ bytes: natural() }),
    'listen-vsock': port,
    'unlisten-vsock': port,
  };
}

function machineSchema(): Schema<WireMachineSpec> {
  return v.strictObject({
    label: v.string(),
    boot: bootSchema(),
    cpus: natural(),
    memoryBytes: natural(),
    machineId: v.nullable(v.pipe(v.string(), v.base64())),
    nestedVirtualization: v.boolean(),
    disks: v.array(diskSchema()),
    networks: v.array(networkSchema()),
    shares: v.array(shareSchema()),
    serialLog: v.string(),
    vsock: v.boolean(),
  });
}

function bootSchema(): Schema<WireMachineSpec['boot']> {
  const linux = {
    kind: v.literal('linux'),
    kernel: v.string(),
    initramfs: v.nullable(v.string()),
    cmdline: v.string(),
  };
  const efi = { kind: v.literal('efi'), variableStore: v.string(), create: v.boolean() };
  return v.variant('kind', [v.strictObject(linux), v.strictObject(efi)]);
}

function diskSchema(): Schema<WireMachineSpec['disks'][number]> {
  return v.strictObject({
    path: v.string(),
    readOnly: v.boolean(),
    caching: v.picklist(['automatic', 'uncached', 'cached']),
    synchronization: v.picklist(['full', 'fsync', 'none']),
    identifier: v.string(),
  });
}

function networkSchema(): Schema<WireMachineSpec['networks'][number]> {
  const mac = v.string();
  return v.variant('kind', [
    v.strictObject({ kind: v.literal('nat'), mac }),
    v.strictObject({ kind: v.literal('socket'), mac, fd: natural(), mtu: natural() }),
    v.strictObject({ kind: v.literal('socket-path'), mac, path: v.string(), local: v.string(), mtu: natural() }),
    v.strictObject({ kind: v.literal('bridged'), mac, interface: v.string() }),
    v.strictObject({ kind: v.literal('vmnet'), mac, mode: v.picklist(['shared', 'host']) }),
  ]);
}

function shareSchema(): Schema<WireMachineSpec['shares'][number]> {
  const directory = { kind: v.literal('directory'), tag: v.string(), path: v.string(), readOnly: v.boolean() };
  return v.variant('kind', [
    v.strictObject(directory),
    v.strictObject({ kind: v.literal('rosetta'), tag: v.string() }),
  ]);
}

function natural(): Schema<number> {
  return v.pipe(v.number(), v.safeInteger(), v.minValue(0));
}
