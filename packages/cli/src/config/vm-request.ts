import { randomBytes } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { JsonObject, JsonValue, NetworkConfig } from '@vmrs/core';
import { UsageError } from '../errors/usage-error.ts';
import type { FileExtras, GuestRequest } from './file-fields.ts';
import { absolute, FILE_NAMES, readVmFile, type VmFile } from './vm-file.ts';
import type { VmFlags } from './vm-flags.ts';

/** A VM as it is asked for, by file, flags or both. */
export interface VmRequest {
  /** The fields of a `VmConfig`, unchecked. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly extras: FileExtras;
  readonly file: VmFile | null;
}

/** What the file says, with the flags over it. `command` is run in the small guest. Throws {@link UsageError}. */
export async function vmRequest(flags: VmFlags, command: readonly string[], cwd: string): Promise<VmRequest> {
  const file = await fileOf(flags, cwd);
  const { guest: fromFile, ...extras } = file?.extras ?? {};
  const guest = guestOf(flags, command, fromFile);
  const config = { ...file?.config, ...absolute(fromFlags(flags, file?.config ?? {}), cwd) };
  if (guest !== undefined && 'kernel' in config) {
    throw new UsageError(
      '--guest brings its own kernel: give one of --guest and --kernel, or of guest and kernel in the file',
    );
  }
  return {
    config: { ...config, name: config['name'] ?? `vm-${randomBytes(3).toString('hex')}` },
    extras: { ...extras, ...(guest === undefined ? {} : { guest }) },
    file,
  };
}

async function fileOf(flags: VmFlags, cwd: string): Promise<VmFile | null> {
  if (flags.file !== undefined) return readVmFile(resolve(cwd, flags.file));
  // What says itself what to boot needs no file.
  if (flags.guest === true || flags.kernel !== undefined || flags.efiVars !== undefined) return null;
  for (const name of FILE_NAMES) {
    const path = join(cwd, name);
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (there) return readVmFile(path);
  }
  return null;
}

function guestOf(flags: VmFlags, command: readonly string[], file: GuestRequest | undefined): GuestRequest | undefined {
  const guest = flags.guest === true ? { ...file } : file;
  if (guest === undefined) {
    if (command.length > 0) {
      const [word = ''] = command;
      throw new UsageError(
        `'${word}' would be a command for the small guest, which takes --guest; a file is given with -f`,
      );
    }
    if (flags.env !== undefined) throw new UsageError('--env is for a command in the small guest: add --guest');
    return;
  }
  const env = { ...guest.env, ...Object.fromEntries(flags.env ?? []) };
  return {
    ...guest,
    ...(command.length === 0 ? {} : { command }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
  };
}

/** The fields that the flags stand for; only those that were given. */
function fromFlags(flags: VmFlags, file: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { namespace, name, kernel, initramfs, rootDisk, dataDisk, seedIso, cpus, serialLog, cmdline, netns, vsock } =
    flags;
  const networks = networksOf(flags, file['networks']);
  const fields = {
    ...{
      namespace,
      name,
      kernel,
      initramfs,
      rootDisk,
      dataDisk,
      seedIso,
      cpus,
      serialLog,
      cmdline,
      netns,
      vsock,
      networks,
    },
    memoryMb: flags.memory,
    sharedDirs: flags.share,
    machineId: flags.machineId,
    efiVariableStore: flags.efiVars,
    rosetta: flags.rosetta,
    driverOptions: driverOptionsOf(flags, file['driverOptions']),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function networksOf({ net, publish }: VmFlags, file: unknown): unknown {
  const given = net?.filter((network): network is NetworkConfig => network !== 'none');
  if (net !== undefined && given?.length !== net.length && net.length > 1) {
    throw new UsageError('--net none stands alone');
  }
  if (publish === undefined) return given;
  const networks: readonly unknown[] = given ?? (Array.isArray(file) ? file : []);
  const at = networks.findIndex(
    (network) => typeof network === 'object' && network !== null && Reflect.get(network, 'type') === 'nat',
  );
  if (at === -1) return [...networks, { type: 'nat', ports: publish }];
  return networks.map((network, index) => {
    if (index !== at) return network;
    const before: unknown = Reflect.get(network as object, 'ports');
    return { ...(network as object), ports: [...(Array.isArray(before) ? before : []), ...publish] };
  });
}

function driverOptionsOf({ driverOption }: VmFlags, file: unknown): unknown {
  if (driverOption === undefined) return undefined;
  const start = typeof file === 'object' && file !== null ? (file as JsonObject) : {};
  return driverOption.reduce<JsonObject>((options, { path, value }) => placed(options, path, value), start);
}

function placed(options: JsonObject, [name = '', ...deeper]: readonly string[], value: JsonValue): JsonObject {
  if (deeper.length === 0) return { ...options, [name]: value };
  const inner = options[name];
  const object = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as JsonObject) : {};
  return { ...options, [name]: placed(object, deeper, value) };
}
