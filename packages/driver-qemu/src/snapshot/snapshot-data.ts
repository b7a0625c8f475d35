import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '@vmrs/core/driver';
import type { BootPlan } from '../config/boot-plan.ts';
import { guestVisible } from '../config/command-line.ts';
import { textOf } from '../control/qmp-message.ts';

/** Names of the payload files in a snapshot's folder. */
export const STATE_FILE = 'state.bin';
export const MEMORY_FILE = 'memory.bin';

/** What a restore needs to know besides the payload; kept in the snapshot's manifest. */
export interface SnapshotData {
  readonly format: 1;
  /** `mapped`: memory lies in a file of its own, which the restored VM maps. `stream`: it is part of the state. */
  readonly mode: 'mapped' | 'stream';
  /** Exact version: saved states are only understood by the QEMU that wrote them. */
  readonly qemu: string;
  /** See {@link hardwareDigest}. */
  readonly hardware: string;
  /** The network interfaces' addresses: the guest goes on using them, whatever the restored VM is called. */
  readonly macs: readonly string[];
}

/** What identifies the machine that the guest sees: type, CPU, memory and devices with their addresses. Host paths are no part of it. */
export function hardwareDigest(plan: BootPlan): string {
  return createHash('sha256')
    .update(JSON.stringify(guestVisible(plan)))
    .digest('hex');
}

/** {@link SnapshotData} as it goes into the manifest. */
export function toManifest(data: SnapshotData): JsonObject {
  return { ...data };
}

/** Reads what {@link toManifest} has written; null when it is something else. */
export function fromManifest(value: JsonObject): SnapshotData | null {
  const mode = textOf(value, 'mode');
  const qemu = textOf(value, 'qemu');
  const hardware = textOf(value, 'hardware');
  const { format, macs } = value;
  if (format !== 1 || qemu === undefined || hardware === undefined || !Array.isArray(macs)) return null;
  const isText = (mac: JsonValue): mac is string => typeof mac === 'string';
  return mode === 'mapped' || mode === 'stream' ? { format, mode, qemu, hardware, macs: macs.filter(isText) } : null;
}
