import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { jsonProblems } from './json-problems.ts';

function nested(levels: number): unknown {
  return levels === 0 ? 1 : { a: nested(levels - 1) };
}

const texts = (value: unknown): string[] =>
  jsonProblems(value).map(({ path, message }) => `${path.join('/')}: ${message}`);

describe('jsonProblems', () => {
  it.each([
    null,
    true,
    0,
    1.5,
    '',
    'é\0',
    [],
    {},
    { a: [{ b: null }, []], c: undefined },
    Object.assign(Object.create(null), { a: 1 }),
    runInNewContext('({ a: [1, { b: 2 }] })'),
    nested(16),
  ])('finds nothing wrong with %j', (value) => {
    expect(jsonProblems(value)).toEqual([]);
  });

  it('finds everything that JSON would lose or change, each with its place', () => {
    const holes = Object.assign(new Array(3), { 0: 1, 2: 3 });
    const list = Object.assign([1], { extra: 1 });
    const value = {
      nan: Number.NaN,
      deep: { infinite: [0, Number.POSITIVE_INFINITY] },
      big: 1n,
      call: () => 1,
      symbol: Symbol('s'),
      date: new Date(0),
      map: new Map(),
      bytes: Buffer.from('a'),
      half: '\ud800',
      '\ud800': 1,
      holes,
      list,
      nothing: [undefined],
      keyed: { [Symbol('k')]: 1 },
      proto: JSON.parse('{"__proto__": 1}'),
    };
    expect(texts(value)).toEqual([
      'nan: must be a finite number, got NaN',
      'deep/infinite/1: must be a finite number, got Infinity',
      'big: must be plain JSON, got a bigint',
      'call: must be plain JSON, got a function',
      'symbol: must be plain JSON, got a symbol',
      'date: must be plain JSON, got an object of class Date',
      'map: must be plain JSON, got an object of class Map',
      'bytes: must be plain JSON, got an object of class Buffer',
      'half: is not valid Unicode',
      '\ud800: its name is not valid Unicode',
      'holes: is a list with holes',
      'list: is a list with members of its own',
      'nothing/0: must be plain JSON, got nothing',
      'keyed: must not have symbols for keys',
      "proto/__proto__: must not be called '__proto__'",
    ]);
  });

  it('follows no circle, and takes one value in two places for what it is', () => {
    const circle: Record<string, unknown> = { list: [] };
    (circle['list'] as unknown[]).push({ back: circle });
    expect(texts(circle)).toEqual(['list/0/back: must not contain itself']);
    const shared = { a: 1 };
    expect(texts([shared, shared])).toEqual([]);
  });

  it('has bounds, and is done soon beyond them', () => {
    expect(texts(nested(17))).toEqual([`${'a/'.repeat(15)}a: must not lie deeper than 16 levels`]);
    expect(texts(Array.from({ length: 20_000 }, () => 0))).toEqual([': must not have more than 10000 values in it']);
    expect(texts({ a: new Array(2 ** 32 - 1) })).toEqual(['a: is a list with holes']);
    let shared: unknown = [1, 1];
    for (let n = 0; n < 15; n += 1) shared = [shared, shared];
    expect(texts(shared)).toEqual([': must not have more than 10000 values in it']);
    expect(texts({ a: 'x'.repeat(256 * 1024) })).toEqual([': must be at most 262144 characters long, as JSON']);
  });
});
