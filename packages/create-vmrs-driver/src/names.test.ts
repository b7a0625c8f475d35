import { describe, expect, it } from 'vitest';
import { deriveNames, pascalCase } from './names.ts';

describe('deriveNames', () => {
  it.each([
    ['my-hypervisor', 'my-hypervisor'],
    ['vmrs-driver-my-hypervisor', 'my-hypervisor'],
    ['My Hypervisor 2', 'my-hypervisor-2'],
    ['.hidden_thing-', 'hidden-thing'],
    ['---', ''],
  ])('makes of the folder %j the id %j', (folder, id) => {
    expect(deriveNames(folder)).toEqual({ id, packageName: `vmrs-driver-${id}` });
  });
});

describe('pascalCase', () => {
  it('makes a class name of an id', () => {
    expect(pascalCase('my-hypervisor-2')).toBe('MyHypervisor2');
  });
});
