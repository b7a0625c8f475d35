/** How deep lists and objects may lie in each other. */
const MOST_LEVELS = 16;
/** How many values there may be altogether. */
const MOST_VALUES = 10_000;
/** How long it may be as text: a record and a message between controllers take it whole. In characters. */
const MOST_TEXT = 256 * 1024;

/** One place in a value that JSON cannot carry. */
export interface JsonProblem {
  /** Keys and indices that lead there; empty for the value as a whole. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * Everything that keeps `value` from surviving `JSON.parse(JSON.stringify(value))` unchanged, and what exceeds its bounds (16 levels, 10000
 * values, 256 Ki characters). A member of an object that is undefined counts as absent. Empty for a sound value. Touches nothing of it but getters.
 */
export function jsonProblems(value: unknown): readonly JsonProblem[] {
  const problems: JsonProblem[] = [];
  const visit = new Visit(problems);
  visit.value(value, [], []);
  if (problems.length > 0) return problems;
  const { length } = JSON.stringify(value) ?? '';
  return length > MOST_TEXT ? [{ path: [], message: `must be at most ${MOST_TEXT} characters long, as JSON` }] : [];
}

class Visit {
  readonly #problems: JsonProblem[];
  #count = 0;

  constructor(problems: JsonProblem[]) {
    this.#problems = problems;
  }

  value(value: unknown, path: JsonProblem['path'], above: readonly object[]): void {
    this.#count += 1;
    // Whoever is told so once has enough to mend.
    if (this.#count === MOST_VALUES + 1) this.#add([], `must not have more than ${MOST_VALUES} values in it`);
    if (this.#count > MOST_VALUES) return;
    switch (typeof value) {
      case 'boolean':
        return;
      case 'string':
        if (!value.isWellFormed()) this.#add(path, 'is not valid Unicode');
        return;
      case 'number':
        if (!Number.isFinite(value)) this.#add(path, `must be a finite number, got ${value}`);
        return;
      case 'object':
        if (value !== null) this.#object(value, path, above);
        return;
      default:
        this.#add(path, `must be plain JSON, got ${typeof value === 'undefined' ? 'nothing' : `a ${typeof value}`}`);
    }
  }

  #object(value: object, path: JsonProblem['path'], above: readonly object[]): void {
    if (above.includes(value)) this.#add(path, 'must not contain itself');
    else if (above.length >= MOST_LEVELS) this.#add(path, `must not lie deeper than ${MOST_LEVELS} levels`);
    else if (Array.isArray(value)) this.#list(value, path, [...above, value]);
    else if (isPlain(value)) this.#members(value, path, [...above, value]);
    else this.#add(path, `must be plain JSON, got an object of class ${value.constructor?.name ?? 'unknown'}`);
  }

  #list(list: readonly unknown[], path: JsonProblem['path'], above: readonly object[]): void {
    // By its keys: a list of a billion holes is as long as it says.
    const keys = Object.keys(list);
    const indices = keys.filter((key) => /^\d+$/.test(key));
    if (keys.length > indices.length) this.#add(path, 'is a list with members of its own');
    if (list.length > indices.length) this.#add(path, 'is a list with holes');
    for (const index of indices) this.value(list[Number(index)], [...path, Number(index)], above);
  }

  #members(object: object, path: JsonProblem['path'], above: readonly object[]): void {
    if (Object.getOwnPropertySymbols(object).length > 0) this.#add(path, 'must not have symbols for keys');
    for (const [key, member] of Object.entries(object)) {
      const place = [...path, key];
      if (key === '__proto__') this.#add(place, "must not be called '__proto__'");
      else if (!key.isWellFormed()) this.#add(place, 'its name is not valid Unicode');
      else if (member !== undefined) this.value(member, place, above);
    }
  }

  #add(path: JsonProblem['path'], message: string): void {
    this.#problems.push({ path, message });
  }
}

/** Also of another realm, whose `Object.prototype` is another. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
