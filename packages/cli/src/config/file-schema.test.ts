import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { EXTRAS_SCHEMA, readExtras } from './file-fields.ts';
import { fileSchema } from './file-schema.ts';
import { addVmFlags } from './vm-flags.ts';

/** Fields of a configuration whose flag has another name. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  memoryMb: 'memory',
  networks: 'net',
  sharedDirs: 'share',
  efiVariableStore: 'efiVars',
  driverOptions: 'driverOption',
};

describe('the schema of the file', () => {
  it("has core's fields and ours, and no two of one name", async () => {
    const { properties = {}, additionalProperties } = await fileSchema();
    const names = Object.keys(properties as object);
    expect(names).toEqual(
      expect.arrayContaining(['name', 'kernel', 'driverOptions', 'guest', 'driver', 'lifetime', 'keep']),
    );
    expect(names).toHaveLength(19 + Object.keys(EXTRAS_SCHEMA).length + 1);
    expect(additionalProperties).toBe(false);
  });

  it('has a flag for each field', async () => {
    const { properties = {} } = await fileSchema();
    const flags = addVmFlags(new Command()).options.map((option) => option.attributeName());
    const others = ['$schema', 'namespace', 'driver', 'lifetime', 'keep'];
    for (const name of Object.keys(properties as object)) {
      if (!others.includes(name)) expect(flags).toContain(OTHER_NAMES[name] ?? name);
    }
  });

  it('agrees with the reading of our fields', () => {
    expect(
      readExtras({
        guest: { command: ['a'], env: { A: 'b' }, cwd: '/' },
        driver: 'qemu',
        lifetime: 'attached',
        keep: 'never',
      }),
    ).toEqual({
      extras: {
        guest: { command: ['a'], env: { A: 'b' }, cwd: '/' },
        driver: 'qemu',
        lifetime: 'attached',
        keep: 'never',
      },
      problems: [],
    });
    expect(readExtras({ guest: true }).extras).toEqual({ guest: {} });
    expect(readExtras({ guest: false }).extras).toEqual({});
    const wrong = { guest: { command: [], env: { A: 1 }, cwd: 1, x: 1 }, driver: 1, lifetime: 'long', keep: 'no' };
    expect(
      readExtras(wrong)
        .problems.map(({ path }) => path)
        .toSorted(),
    ).toEqual(['driver', 'guest.command', 'guest.cwd', 'guest.env', 'guest.x', 'keep', 'lifetime']);
    expect(readExtras({ guest: 'yes' }).problems).toHaveLength(1);
  });
});
