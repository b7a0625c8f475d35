import { GuestError } from '../errors/guest-error.ts';
import type { DebianArch } from '../util/architecture.ts';
import { parseControl, parseDepends } from './control-file.ts';
import type { AvailablePackage } from './package-source.ts';

/** File names and URLs are made of these, so nothing but what Debian allows in them may pass. */
const NAME = /^[a-z0-9][a-z0-9+.-]{1,127}$/;
const VERSION = /^[0-9A-Za-z][0-9A-Za-z.+~:-]{0,127}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** Reads one stanza of a package index. Throws `BAD_FORMAT` when a field that is needed is missing or malformed. */
export function availablePackage(stanza: string, arch: DebianArch, source: string): AvailablePackage {
  const fields = parseControl(stanza);
  const name = fields.get('Package') ?? '';
  const version = fields.get('Version') ?? '';
  const sha256 = fields.get('SHA256') ?? '';
  const size = Number(fields.get('Size') ?? Number.NaN);
  if (!NAME.test(name) || !VERSION.test(version) || !SHA256.test(sha256) || !Number.isSafeInteger(size)) {
    throw new GuestError('BAD_FORMAT', `the package index of ${source} is damaged: bad entry for "${name}"`);
  }
  const depends = [fields.get('Pre-Depends'), fields.get('Depends')].flatMap((field) => parseDepends(field ?? ''));
  return { name, version, arch, sha256, size, depends };
}
