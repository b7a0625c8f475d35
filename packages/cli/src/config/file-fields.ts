import type { JsonObject, Keep, Lifetime, Problem } from '@vmrs/core';

/** What the file of a VM may say besides the fields of a `VmConfig`. */
export interface FileExtras {
  readonly guest?: GuestRequest;
  readonly driver?: string;
  readonly lifetime?: Lifetime;
  readonly keep?: Keep;
}

/** The small guest of `@vmrs/guest`, and what runs in it. */
export interface GuestRequest {
  /** Program and arguments to run once the guest is ready. */
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory in the guest. */
  readonly cwd?: string;
}

/** Lifetimes that a file or a flag can name. */
export const LIFETIMES: readonly Lifetime[] = ['detached', 'attached'];

/** What can become of an ended VM's folder. */
export const KEEPS: readonly Keep[] = ['on-failure', 'always', 'never'];

/** Their JSON Schema, as part of that of the file. */
export const EXTRAS_SCHEMA: { readonly [K in keyof FileExtras]-?: JsonObject } = {
  guest: {
    description:
      'Boot the small Linux guest of @vmrs/guest: true, or what runs in it. Takes the place of kernel and initramfs.',
    anyOf: [
      { type: 'boolean' },
      {
        type: 'object',
        properties: {
          command: {
            description: 'Program and arguments to run once the guest is ready.',
            type: 'array',
            items: { type: 'string' },
            minItems: 1,
          },
          env: {
            description: 'Environment of the command.',
            type: 'object',
            additionalProperties: { type: 'string' },
          },
          cwd: { description: 'Working directory of the command. Default `/root`.', type: 'string' },
        },
        additionalProperties: false,
      },
    ],
  },
  driver: {
    description: 'Id of the driver to boot with. Default: the usable one of highest priority.',
    type: 'string',
  },
  lifetime: {
    description:
      'How long the VM lives. `detached` (default): on and on. `attached`: no longer than the program that booted it.',
    enum: [...LIFETIMES],
  },
  keep: {
    description: 'What becomes of record and logs of the ended VM. Default `on-failure`.',
    enum: [...KEEPS],
  },
};

/** The extras out of a file's unchecked fields, or everything that is wrong with them. */
export function readExtras(fields: Readonly<Record<string, unknown>>): {
  readonly extras: FileExtras;
  readonly problems: readonly Problem[];
} {
  const { guest, driver, lifetime, keep } = fields;
  const problems: Problem[] = [];
  const wrong = (path: string, message: string): void => {
    problems.push({ path, message });
  };
  if (driver !== undefined && typeof driver !== 'string') wrong('driver', 'must be the id of a driver');
  if (lifetime !== undefined && !isOneOf(LIFETIMES, lifetime)) wrong('lifetime', `must be ${LIFETIMES.join(' or ')}`);
  if (keep !== undefined && !isOneOf(KEEPS, keep)) wrong('keep', `must be one of ${KEEPS.join(', ')}`);
  const request = guestRequest(guest, wrong);
  return {
    extras: {
      ...(request === undefined ? {} : { guest: request }),
      ...(typeof driver === 'string' ? { driver } : {}),
      ...(isOneOf(LIFETIMES, lifetime) ? { lifetime } : {}),
      ...(isOneOf(KEEPS, keep) ? { keep } : {}),
    },
    problems,
  };
}

function guestRequest(guest: unknown, wrong: (path: string, message: string) => void): GuestRequest | undefined {
  if (guest === undefined || guest === false) return;
  if (guest === true) return {};
  if (!isObject(guest)) {
    wrong('guest', 'must be true, false or an object');
    return;
  }
  const { command, env, cwd, ...others } = guest;
  for (const name of Object.keys(others)) wrong(`guest.${name}`, 'unknown field');
  const isCommand = Array.isArray(command) && command.length > 0 && command.every(isText);
  if (command !== undefined && !isCommand) wrong('guest.command', 'must be a list of texts, at least one');
  const isEnv = isObject(env) && Object.values(env).every(isText);
  if (env !== undefined && !isEnv) wrong('guest.env', 'must be an object of texts');
  if (cwd !== undefined && !isText(cwd)) wrong('guest.cwd', 'must be a text');
  return {
    ...(isCommand ? { command } : {}),
    ...(isEnv ? { env: env as Record<string, string> } : {}),
    ...(isText(cwd) ? { cwd } : {}),
  };
}

function isOneOf<T extends string>(values: readonly T[], value: unknown): value is T {
  return values.some((known) => known === value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
