// Loaded on first use only, through a dynamic import: zod costs more than all the rest of core.
import { z } from 'zod';
import type { Problem } from '../errors/index.ts';
import { copyJson, type JsonObject } from '../util/json.ts';
import { jsonProblems } from '../util/json-problems.ts';
import {
  cmdlineRules,
  hostAddressRules,
  interfaceRules,
  machineIdRules,
  macRules,
  netnsRules,
  pathRules,
  socketPathRules,
  type TextRule,
  tagRules,
} from './field-rules.ts';
import { validateName } from './validate-name.ts';
import type { VmConfig } from './vm-config.ts';
import { issueProblems } from './zod-problems.ts';

/** Far above what any hypervisor takes, far below what overflows somewhere. */
const MAX_CPUS = 1024;
const MAX_MEMORY_MB = 64 * 1024 * 1024;
const MAX_NETWORKS = 64;
const MAX_SHARES = 64;
const MAX_PORTS = 1024;
const MAX_PORT = 65_535;

/** A configuration of the right shape, or every problem of its shape. */
export type ParsedConfig =
  | { readonly config: VmConfig; readonly problems: readonly [] }
  | { readonly config: null; readonly problems: readonly Problem[] };

/** Checks the shape of a configuration and every value for itself. Touches no file. */
export function parseConfig(input: unknown): ParsedConfig {
  const result = CONFIG.safeParse(input, { reportInput: true });
  if (result.success) return { config: result.data as VmConfig, problems: [] };
  return { config: null, problems: result.error.issues.flatMap(issueProblems) };
}

const text = (...rules: readonly TextRule[]) =>
  z.string().superRefine((value, context) => {
    for (const message of rules.flatMap((rule) => rule(value))) context.addIssue({ code: 'custom', message });
  });

const nameOf = (field: 'name' | 'namespace') =>
  text((value) => validateName(value, field).map(({ message }) => message));

const path = text(pathRules);
const mac = text(macRules).optional();
const port = (lowest: number) => z.int().min(lowest).max(MAX_PORT);

const portForward = z.strictObject({
  hostPort: port(0),
  guestPort: port(1),
  protocol: z.enum(['tcp', 'udp']).optional(),
  hostAddress: text(hostAddressRules).optional(),
});

const network = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('tap'),
      name: text(interfaceRules).optional(),
      create: z.boolean().optional(),
      bridge: text(interfaceRules).optional(),
      mac,
    })
    .superRefine(({ name, create, bridge }, context) => {
      if (create === true) return;
      if (name === undefined) {
        const message = 'name is required, unless the tap is to be made with create: true';
        context.addIssue({ code: 'custom', path: ['name'], message });
      }
      if (bridge !== undefined) {
        const message = 'bridge has no meaning without create: true';
        context.addIssue({ code: 'custom', path: ['bridge'], message });
      }
    }),
  z
    .strictObject({
      type: z.literal('socket'),
      fd: z.int().min(0).optional(),
      path: text(socketPathRules).optional(),
      mac,
    })
    .superRefine(({ fd, path: socket }, context) => {
      if ((fd === undefined) === (socket === undefined)) {
        context.addIssue({ code: 'custom', message: "a network of type 'socket' must have either fd or path" });
      }
    }),
  z.strictObject({ type: z.literal('nat'), mac, ports: z.array(portForward).max(MAX_PORTS).optional() }),
]);

const sharedDir = z.strictObject({ hostPath: path, tag: text(tagRules), readOnly: z.boolean().optional() });

const driverOptions = z.unknown().superRefine((value, context) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    context.addIssue({ code: 'custom', message: 'driverOptions must be an object' });
    return;
  }
  for (const { path: place, message } of jsonProblems(value)) {
    context.addIssue({ code: 'custom', message, path: [...place] });
  }
});

const CONFIG = z.strictObject({
  name: nameOf('name'),
  namespace: nameOf('namespace').optional(),
  kernel: text((value) => (value === '' ? ['kernel path must not be empty'] : pathRules(value))).optional(),
  initramfs: path.optional(),
  rootDisk: path.optional(),
  dataDisk: path.optional(),
  seedIso: path.optional(),
  cpus: z.int().min(1).max(MAX_CPUS).optional(),
  memoryMb: z.int().min(1).max(MAX_MEMORY_MB).optional(),
  networks: z.array(network).max(MAX_NETWORKS).optional(),
  sharedDirs: z.array(sharedDir).max(MAX_SHARES).optional(),
  serialLog: path.optional(),
  cmdline: text(cmdlineRules).optional(),
  netns: text(netnsRules).optional(),
  vsock: z.boolean().optional(),
  machineId: text(machineIdRules).optional(),
  efiVariableStore: path.optional(),
  rosetta: z.boolean().optional(),
  driverOptions: driverOptions.optional(),
});

/** The shape as JSON Schema (draft 2020-12). What cannot be said in it, such as the form of a MAC address, is left to {@link parseConfig}. */
export function shapeAsJsonSchema(): JsonObject {
  return copyJson<JsonObject>(z.toJSONSchema(CONFIG, { io: 'input', unrepresentable: 'any' }) as JsonObject);
}
