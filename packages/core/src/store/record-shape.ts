import type { BootSpec } from '../config/boot-spec.ts';
import type { ContractVersion } from '../contract/index.ts';
import { isProcessIdentity } from '../process/identity.ts';
import type { ConsolePosition } from '../readiness/console-position.ts';
import type { VmExit } from '../state/index.ts';
import { RECORD_SCHEMA, type VmRecord } from './vm-record.ts';

/** Says whether a value of unknown origin has a certain shape. */
type Check = (value: unknown) => boolean;

/** One check for every field, by the compiler's word: a new field without its check does not compile. */
type Shape<T> = { readonly [K in keyof T]-?: Check };

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const list: Check = (value) => Array.isArray(value);
const integer: Check = (value) => Number.isSafeInteger(value);
const object: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);

function shape<T>(fields: Shape<T>): Check {
  const entries = Object.entries<Check>(fields);
  return (value) => object(value) && entries.every(([name, check]) => check(Reflect.get(Object(value), name)));
}

const position = shape<ConsolePosition>({ device: text, inode: text, offset: integer });

const spec = shape<BootSpec>({
  name: text,
  namespace: text,
  kernel: orNull(text),
  initramfs: orNull(text),
  rootDisk: orNull(text),
  dataDisk: orNull(text),
  seedIso: orNull(text),
  cpus: integer,
  memoryMb: integer,
  networks: list,
  sharedDirs: list,
  serialLog: text,
  cmdline: orNull(text),
  netns: orNull(text),
  vsock: flag,
  machineId: orNull(text),
  efiVariableStore: orNull(text),
  rosetta: flag,
  driverOptions: object,
});

const exit = shape<VmExit>({
  how: oneOf('guest', 'terminated', 'sigterm', 'sigkill', 'panicked', 'crashed', 'unattended', 'orphaned', 'unknown'),
  code: orNull(integer),
  signal: orNull(text),
  at: text,
});

const isRecord = shape<VmRecord>({
  schema: oneOf(RECORD_SCHEMA),
  name: text,
  namespace: text,
  instanceId: text,
  driver: shape<VmRecord['driver']>({ id: text, contract: shape<ContractVersion>({ major: integer, minor: integer }) }),
  spec,
  createdAt: text,
  bootId: text,
  lifetime: oneOf('detached', 'attached'),
  runtimeDir: text,
  phase: oneOf('intent', 'live', 'ended'),
  process: orNull(isProcessIdentity),
  control: object,
  console: position,
  ready: orNull(shape<NonNullable<VmRecord['ready']>>({ ip: orNull(text), position })),
  paused: flag,
  ended: orNull(
    shape<NonNullable<VmRecord['ended']>>({
      state: oneOf('stopped', 'failed'),
      reason: orNull(text),
      exit: orNull(exit),
    }),
  ),
});

/**
 * Whether parsed JSON is a {@link VmRecord}. Fields of this core's making are checked one by one; what is inside the networks and
 * shares of a spec, which nothing acts on without the driver looking at it, is not.
 */
export function isVmRecord(value: unknown): value is VmRecord {
  return isRecord(value);
}
