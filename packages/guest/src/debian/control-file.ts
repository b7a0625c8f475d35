/** The fields of one stanza of a Debian control file. Names are as written; folded lines are joined by newlines. */
export type ControlFields = ReadonlyMap<string, string>;

/** Parses one stanza of a control file or package index. Lines that are no field are ignored. */
export function parseControl(stanza: string): ControlFields {
  const fields = new Map<string, string>();
  let last: string | undefined;
  for (const line of stanza.split('\n')) {
    if (last !== undefined && /^[ \t]/.test(line)) {
      fields.set(last, `${fields.get(last) ?? ''}\n${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    last = line.slice(0, colon);
    fields.set(last, line.slice(colon + 1).trim());
  }
  return fields;
}

/** One package that a `Depends` field names, with the exact version when it asks for one. */
export interface Dependency {
  readonly name: string;
  readonly exactVersion: string | undefined;
}

/** The first alternative of each dependency in a `Depends` field. */
export function parseDepends(depends: string): Dependency[] {
  return depends.split(',').flatMap((group) => {
    const match = /^\s*([a-z0-9][a-z0-9+.-]+)(?::\w+)?\s*(?:\(\s*=\s*([^\s)]+)\s*\))?/.exec(group);
    return match?.[1] === undefined ? [] : [{ name: match[1], exactVersion: match[2] }];
  });
}
