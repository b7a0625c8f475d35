import { type AbortOptions, errnoOf, type JsonObject } from '@vmrs/core/driver';
import {
  above0,
  absolutePath,
  checkedArguments,
  type DiskImage,
  readDiskImage,
  refusedArguments,
  words,
} from '@vmrs/driver-kit';
import * as v from 'valibot';
import { diskConfig, imageType } from '../config/device-config.ts';
import { toControl } from '../control-data.ts';
import type { MachineParts } from '../machine-parts.ts';
import { called } from './called.ts';
import { eject } from './eject.ts';

/** Ids that begin with two underscores are Cloud Hypervisor's own. */
const id = () =>
  v.pipe(v.string(), v.regex(/^(?!__)[A-Za-z0-9_.-]{1,20}$/, 'must be up to 20 letters, digits, `_`, `.` or `-`'));
const mac = () =>
  v.pipe(v.string(), v.regex(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i, 'must be a unicast MAC address'));
const tap = () => v.pipe(v.string(), v.regex(/^[^\s/:]{1,15}$/, 'must be the name of a network interface'));

/** A guest that is at all able to let a device go does so in a second or two. */
const EJECT_MS = 30_000;

/** Adds a disk to the running VM: `path`, `readOnly` (default false), `id` (also its serial number; default: Cloud Hypervisor's). Returns `id` and PCI address `bdf`. */
export async function addDisk(
  { api, spec, options: driver }: MachineParts,
  args: JsonObject,
  options: AbortOptions,
): Promise<JsonObject> {
  const shape = v.strictObject({ path: absolutePath(), readOnly: v.optional(v.boolean()), id: v.optional(id()) });
  const { path, readOnly = false, id: own } = checkedArguments(shape, args, called('add-disk', spec.name));
  const image = await readableImage(path);
  const refuse = (message: string): Error =>
    refusedArguments(called('add-disk', spec.name), [{ path: 'path', message }]);
  if (typeof image === 'string') throw refuse(`'${path}' cannot be read (${image})`);
  if (imageType(image) === null)
    throw refuse(`'${path}' is a ${image.formatName} image; raw, qcow2 and VHDX are attached`);
  if (image.backing !== null && driver.backingFiles === 'refuse')
    throw refuse(`'${path}' takes content from another file, '${image.backing}', which a guest may have chosen`);
  const { id: _, serial: __, ...anonymous } = diskConfig('', path, image, { readOnly, direct: false });
  const named = own === undefined ? anonymous : { ...anonymous, id: own, serial: own };
  return added(await api.put('vm.add-disk', named, options));
}

/** Adds a network interface on an existing tap: `tap`, `mac` (default: Cloud Hypervisor's choice), `id`. Returns `id` and `bdf`. */
export async function addNetwork(
  { api, spec }: MachineParts,
  args: JsonObject,
  options: AbortOptions,
): Promise<JsonObject> {
  const shape = v.strictObject({ tap: tap(), mac: v.optional(mac()), id: v.optional(id()) });
  const net = checkedArguments(shape, args, called('add-network', spec.name));
  return added(await api.put('vm.add-net', net, options));
}

/** Takes a device from the running VM by its `id` and waits until the guest has let it go, `timeoutMs` at most (default 30000). */
export async function removeDevice(parts: MachineParts, args: JsonObject, options: AbortOptions): Promise<JsonObject> {
  const { spec, context, daemons, control } = parts;
  const shape = v.strictObject({ id: words(), timeoutMs: v.optional(above0()) });
  const { id: device, timeoutMs = EJECT_MS } = checkedArguments(shape, args, called('remove-device', spec.name));
  await eject({ ...parts, clock: context.clock }, device, timeoutMs, options.signal);
  await daemons.remove(device);
  await context.remember(toControl({ ...control, shares: daemons.shares }));
  return {};
}

/** What Cloud Hypervisor says of a device that it has added. */
export function added(answer: unknown): JsonObject {
  const { success, output } = v.safeParse(v.object({ id: v.string(), bdf: v.string() }), answer);
  return success ? output : {};
}

async function readableImage(path: string): Promise<DiskImage | string> {
  try {
    return await readDiskImage(path);
  } catch (error) {
    return errnoOf(error) ?? String(error);
  }
}
