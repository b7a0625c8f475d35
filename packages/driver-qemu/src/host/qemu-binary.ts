import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject, JsonValue } from '@vmrs/core/driver';
import { runTool } from '@vmrs/driver-kit';
import type { QmpConnection } from '../control/qmp-connection.ts';
import { isObject, objectsIn, type QemuVersion, textOf } from '../control/qmp-message.ts';
import type { Accelerator, MachineType } from '../options.ts';
import { askQemu } from './ask-qemu.ts';

/** What one QEMU binary can do, as it says itself. Nothing here is concluded from its version. */
export interface QemuBinary {
  readonly path: string;
  readonly version: QemuVersion;
  /** Accelerators that were compiled in. */
  readonly accelerators: readonly Accelerator[];
  /** Most vCPUs of the chosen machine type; null when there is no such machine type. */
  readonly maxCpus: number | null;
  /** Whether the machine type has a PS/2 controller that can be left out, which saves the guest from probing it. */
  readonly hasI8042Switch: boolean;
  /** Device models, such as `virtio-net-pci`. */
  readonly devices: ReadonlySet<string>;
  /** Object types, such as `memory-backend-memfd`. */
  readonly memoryBackends: ReadonlySet<string>;
  /** Network back ends, such as `user` (absent without libslirp) and `dgram`. */
  readonly netdevs: ReadonlySet<string>;
  /** Path of the small firmware, when it is installed. */
  readonly qboot: string | null;
  /** Milliseconds that it took to answer: how slow this host is. */
  readonly askedMs: number;
}

/** Machine types with a PS/2 controller. QEMU 7.2 crashes when it is asked for the properties of `microvm`. */
const HAS_I8042: ReadonlySet<MachineType> = new Set(['q35', 'pc']);

/** Asks a QEMU binary what it can do. Throws `HYPERVISOR` when it is none. */
export async function inspectBinary(path: string, machine: MachineType): Promise<QemuBinary> {
  const since = performance.now();
  const answers = await askQemu(path, (monitor) => ask(monitor, machine));
  const askedMs = performance.now() - since;
  return { path, ...answers, qboot: await findQboot(path), askedMs };
}

async function ask(
  monitor: QmpConnection,
  machine: MachineType,
): Promise<Omit<QemuBinary, 'path' | 'qboot' | 'askedMs'>> {
  const [machines, devices, backends, accelerators, schema] = await Promise.all([
    monitor.execute('query-machines'),
    typesOf(monitor, 'device'),
    typesOf(monitor, 'memory-backend'),
    typesOf(monitor, 'accel'),
    monitor.execute('query-qmp-schema'),
  ]);
  const found = objectsIn(machines).find((one) => one['name'] === machine || one['alias'] === machine);
  const maxCpus = found?.['cpu-max'];
  return {
    version: monitor.version,
    accelerators: (['kvm', 'hvf', 'whpx', 'tcg'] as const).filter((name) => accelerators.has(`${name}-accel`)),
    maxCpus: typeof maxCpus === 'number' ? maxCpus : null,
    hasI8042Switch: found !== undefined && HAS_I8042.has(machine) && (await propertiesOf(monitor, found)).has('i8042'),
    devices,
    memoryBackends: backends,
    netdevs: new Set(enumWith(schema, ['hubport', 'nic'])),
  };
}

async function typesOf(monitor: QmpConnection, base: string): Promise<ReadonlySet<string>> {
  return names(await monitor.execute('qom-list-types', { implements: base }));
}

async function propertiesOf(monitor: QmpConnection, machine: JsonObject): Promise<ReadonlySet<string>> {
  return names(await monitor.execute('qom-list-properties', { typename: `${textOf(machine, 'name')}-machine` }));
}

function names(list: JsonValue): ReadonlySet<string> {
  return new Set(objectsIn(list).flatMap((item) => textOf(item, 'name') ?? []));
}

/** The values of the first enumeration in a QMP schema that has all of `known`. Types have no names there, only their content. */
function enumWith(schema: JsonValue, known: readonly string[]): readonly string[] {
  const isText = (value: JsonValue): value is string => typeof value === 'string';
  const values = (type: JsonObject): readonly string[] =>
    Array.isArray(type['values']) ? type['values'].filter(isText) : [];
  const found = objectsIn(schema).find(
    (type) => type['meta-type'] === 'enum' && known.every((name) => values(type).includes(name)),
  );
  return isObject(found) ? values(found) : [];
}

/** Looks for qboot where this QEMU looks for firmware: `-L help` lists its folders, one per line. */
async function findQboot(binary: string): Promise<string | null> {
  // Without the answer there is only less speed; what is wrong with the binary is told by the questions that matter.
  const listing = await runTool(binary, ['-L', 'help']).catch(() => '');
  for (const folder of listing.split('\n').map((line) => line.trim())) {
    if (folder === '') continue;
    const file = join(folder, 'qboot.rom');
    if (await isReadableFile(file)) return file;
  }
  return null;
}

async function isReadableFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    // Whatever keeps us from seeing it keeps QEMU from using it.
    return false;
  }
}

/** Where QEMU is looked for besides `PATH`. */
export const BINARY_FOLDERS: readonly string[] = [
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/usr/libexec',
  'C:\\Program Files\\qemu',
];
