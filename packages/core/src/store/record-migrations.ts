import { RECORD_SCHEMA } from './vm-record.ts';

/** Parsed JSON of unknown content. */
type Fields = Readonly<Record<string, unknown>>;

/** What makes of a record of schema n one of schema n + 1, by n. Every schema that a release has ever written stays here. */
const STEPS: Readonly<Record<number, (record: Fields) => Fields>> = {
  // Before there was a choice, every VM outlived its controller.
  1: (record) => ({ ...record, lifetime: 'detached' }),
  // Before drivers had options for one VM, no VM had any.
  2: (record) => ({
    ...record,
    spec: isFields(record['spec']) ? { ...record['spec'], driverOptions: {} } : record['spec'],
  }),
  // Before core made taps, every tap was the caller's.
  3: (record) => ({ ...record, spec: isFields(record['spec']) ? withCallersTaps(record['spec']) : record['spec'] }),
};

function withCallersTaps(spec: Fields): Fields {
  const { networks } = spec;
  if (!Array.isArray(networks)) return spec;
  const isTap = (network: unknown): network is Fields => isFields(network) && network['type'] === 'tap';
  return {
    ...spec,
    networks: networks.map((network: unknown) =>
      isTap(network) ? { ...network, create: false, bridge: null } : network,
    ),
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A record of an earlier schema as one of this core's. One that is of this schema already, or of none that this core knows, comes
 * back as it is. The file is not touched: it stays readable by the core that wrote it until there is something new to write.
 */
export function migrateRecord(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  let record: Fields = { ...value };
  for (;;) {
    const { schema } = record;
    const step = typeof schema === 'number' && schema < RECORD_SCHEMA ? STEPS[schema] : undefined;
    if (step === undefined) return record;
    record = { ...step(record), schema: Number(schema) + 1 };
  }
}
